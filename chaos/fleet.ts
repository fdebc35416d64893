import { join } from 'node:path';
import type { Recorder } from './history.ts';
import { Line } from './line.ts';
import { Member } from './member.ts';
import { CLIENTS, ORCHESTRATOR } from './schedule.ts';

const SLOTS = 12;

/** An orchestrator, workers, and a line to it for each worker and one for all clients. */
export interface Fleet {
  /** Past every line: for what is read when the faults are over. */
  readonly direct_url: string;
  readonly client_url: string;
  readonly members: ReadonlyMap<string, Member>;
  readonly lines: ReadonlyMap<string, Line>;
  stop(): Promise<void>;
}

export interface FleetPlan {
  readonly dir: string;
  /** What the orchestrator keeps lies here. */
  readonly data: string;
  readonly workers: readonly string[];
  readonly lease_ms: number;
}

export async function startFleet(
  { dir, data, workers, lease_ms }: FleetPlan,
  recorder: Recorder,
): Promise<Fleet> {
  let port = '0';
  const serve = (): string[] => [
    'up',
    '--port',
    port,
    '--data',
    data,
    '--no-local-worker',
    '--lease',
    String(lease_ms),
    '-o',
    'json',
  ];
  const orchestrator = new Member(ORCHESTRATOR, dir, recorder, true, serve);
  const members = new Map([[ORCHESTRATOR, orchestrator]]);
  const lines = new Map<string, Line>();
  const stop = async (): Promise<void> => {
    // Workers first: what they hand back still finds the orchestrator.
    await Promise.all(
      [...members.values()].filter((member) => member !== orchestrator).map((member) => member.stop()),
    );
    await orchestrator.stop();
    await Promise.all([...lines.values()].map((line) => line.close()));
  };
  try {
    const { url } = JSON.parse(await orchestrator.start()) as { url: string };
    ({ port } = new URL(url));
    for (const name of [CLIENTS, ...workers]) lines.set(name, await Line.listen(Number(port)));
    for (const name of workers) {
      const line = lines.get(name)?.url ?? url;
      const words = ['worker', '--url', line, '--name', name, '--slots', String(SLOTS)];
      const member = new Member(name, dir, recorder, false, () => [...words, '--state-dir', join(dir, name)]);
      members.set(name, member);
      await member.start();
    }
    return { direct_url: url, client_url: lines.get(CLIENTS)?.url ?? url, members, lines, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
