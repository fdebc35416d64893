import { parseArgs } from 'node:util';
import { MUTANTS } from './mutants.ts';
import { runSeed, type SeedReport } from './scenario.ts';
import { runSeeds, runShare } from './seed-pool.ts';
import { Summary } from './summary.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const replay = (seed: number): string => `npm run sim -- --seed ${seed}`;

const USAGE = `npm run sim -- [--seeds N] [--from M]   N seeds from M on (300, 1)
npm run sim -- --seed N [--verbose]       one seed, with its trace
npm run sim -- --mutants [--seeds N]      plants each known bug and must find it`;

if (!(await runShare())) process.exitCode = await run();

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '300' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      mutants: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  if (values.seed !== undefined) return runOne(Number(values.seed), values.verbose);
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => Number(values.from) + index);
  return values.mutants ? runMutants(seeds) : runMany(seeds);
}

async function runOne(seed: number, verbose: boolean): Promise<number> {
  const report = await runSeed(seed, { keep: verbose ? 1_000_000 : 0 });
  for (const line of report.trace) say(line);
  const summary = new Summary();
  summary.add(report);
  say(summary.text());
  say(`trace ${report.hash}`);
  if (report.violation !== null) say(describe(report));
  say(summary.closing());
  return summary.failures.length;
}

async function runMany(seeds: readonly number[]): Promise<number> {
  const summary = new Summary();
  await runSeeds(seeds, null, new URL(import.meta.url), (report) => {
    summary.add(report);
    if (report.violation !== null) say(`${describe(report)}\n  ${replay(report.seed)} --verbose`);
  });
  say(summary.text());
  say(summary.closing());
  return summary.failures.length > 0 ? 1 : 0;
}

function describe({ seed, violation }: SeedReport): string {
  return `seed ${seed}: ${violation?.invariant}: ${violation?.detail}`;
}

async function runMutants(seeds: readonly number[]): Promise<number> {
  let missed = 0;
  for (const { name } of MUTANTS) {
    let found: SeedReport | null = null;
    await runSeeds(seeds, name, new URL(import.meta.url), (report) => {
      if (report.violation !== null && report.seed < (found?.seed ?? Number.POSITIVE_INFINITY))
        found = report;
    });
    if (found === null) missed += 1;
    say(`${name.padEnd(44)} ${rowOf(found)}`);
  }
  say(`${MUTANTS.length - missed} passed, ${missed} failed`);
  return missed > 0 ? 1 : 0;
}

function rowOf(found: SeedReport | null): string {
  if (found === null) return 'NOT FOUND';
  return `seed ${String(found.seed).padStart(3)}  ${found.violation?.invariant}`;
}
