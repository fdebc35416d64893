/*
 * The main job of Hive, end to end and for real: an orchestrator and two workers as processes of their own, prompts in,
 * checked 3D models out. With --chaos one worker is killed in the middle of its job; nothing may be lost by it.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BatchItem, HiveClient } from '../src/client/index.ts';
import type { Job } from '../src/protocol/job.ts';
import { openBoard } from './board.ts';
import { chaosJob, killWorkerMidway } from './chaos.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { type SavedModel, saveModel } from './models.ts';

const PROMPTS = [
  'a red table 120 cm wide with four legs',
  'a cube 4 cm wide with a 2 cm diameter hole through the centre',
  'a silver rocket 3 m tall',
  'a ring of eight 1 cm cubes on a circle of radius 5 cm',
  'a green tree next to a house',
] as const;

const OUT = resolve(import.meta.dirname, '../demo-output');
const chaos = process.argv.includes('--chaos');
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<number> {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const fleet = await startFleet(join(OUT, '.hive'), 2, say);
  try {
    return await runJobs(fleet);
  } finally {
    await fleet.stop();
    rmSync(join(OUT, '.hive'), { recursive: true, force: true });
  }
}

async function runJobs(fleet: Fleet): Promise<number> {
  const hive = new HiveClient({ url: fleet.url });
  const started = performance.now();
  const long = chaos ? await hive.jobs.submit(chaosJob()) : null;
  const submitted = await hive.jobs.submitMany(
    PROMPTS.map((prompt) => ({ module: 'text-to-3d', input: { prompt } })),
  );
  const hello = await hive.jobs.submit({
    module: 'exec',
    input: { command: ['node', '-p', '"hello from " + process.version'] },
  });
  const jobs = [...submitted.map(take), hello, ...(long === null ? [] : [long])];
  say(`submitted ${jobs.length} jobs in ${ms(started)}`);

  const board = openBoard(process.stderr);
  const deaths = long === null ? Promise.resolve() : killWorkerMidway(hive, long.id, fleet, board.note);
  const ended = await Promise.all(
    jobs.map((job) => hive.jobs.wait(job.id, { timeoutMs: 150_000, onUpdate: board.follow(job) })),
  );
  await deaths;
  board.close();

  const failed = ended.filter((job) => job.state !== 'succeeded');
  const saved: SavedModel[] = [];
  for (const job of ended.filter((job) => job.module === 'text-to-3d' && job.state === 'succeeded'))
    saved.push(await saveModel(hive, job, OUT));
  report(saved, ended, performance.now() - started);
  for (const job of failed) say(`✖ ${job.id} ${job.state}: ${job.reason.message}`);
  const wrong = saved.filter((model) => !model.sound);
  for (const model of wrong) say(`✖ ${model.path} did not pass its checks`);
  return failed.length + wrong.length === 0 ? 0 : 1;
}

/** The result is data and goes to stdout; everything said on the way went to stderr. */
function report(saved: readonly SavedModel[], jobs: readonly Job[], total_ms: number): void {
  const line = (text: string): void => void process.stdout.write(`${text}\n`);
  for (const model of saved) {
    line(`\n“${model.prompt}”`);
    line(`  model    ${model.path}  ${(model.bytes / 1024).toFixed(1)} kB`);
    line(`  sha256   ${model.sha256}`);
    line(`  picture  ${model.picture}`);
    line(`  mesh     ${model.triangles} triangles, ${model.watertight ? 'closed 2-manifold' : 'NOT closed'}`);
    line(`  checked  Khronos glTF validator: ${model.errors} errors, ${model.warnings} warnings`);
    line(
      `  time     queued ${model.queued_ms} ms · starting ${model.starting_ms} ms · running ${model.running_ms} ms · attempt ${model.attempt}`,
    );
  }
  const again = jobs.filter((job) => job.attempt > 1);
  for (const job of again)
    line(
      `\nattempt ${job.attempt} of ${job.module} ${job.id}: ${job.timeline.map((point) => point.code).join(' → ')}`,
    );
  line(
    `\n${jobs.filter((job) => job.state === 'succeeded').length} of ${jobs.length} jobs succeeded in ${(total_ms / 1000).toFixed(1)} s`,
  );
}

const ms = (since: number): string => `${Math.round(performance.now() - since)} ms`;

function take(item: BatchItem): Job {
  if (item.job !== undefined) return item.job;
  throw new Error(`a demo job was refused: ${item.error?.detail}`);
}

process.exitCode = await main();
