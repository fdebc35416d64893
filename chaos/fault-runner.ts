import { setTimeout as pause } from 'node:timers/promises';
import type { Disk } from './disk.ts';
import type { Fleet } from './fleet.ts';
import type { Recorder } from './history.ts';
import type { Line } from './line.ts';
import { type Field, submitHeavy } from './load.ts';
import type { Member } from './member.ts';
import { CLIENTS, type Fault, ORCHESTRATOR } from './schedule.ts';

/** Faults that took effect, not those that were planned. */
export interface Done {
  kill: number;
  pause: number;
  cut: number;
  fill: number;
}

export interface Stage {
  readonly fleet: Fleet;
  readonly disk: Disk | null;
  readonly field: Field;
  readonly recorder: Recorder;
}

/** A disk is full for longer where nobody has tried to write on it yet; as long as this at most. */
const FULL_MS = 12_000;
const TOP_UP_MS = 100;
/** How long a fault waits for somebody whom it can hit. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 50;

/** Carries the plan out; resolves when the last fault is over. */
export async function runFaults(stage: Stage, plan: readonly Fault[]): Promise<Done> {
  const done: Done = { kill: 0, pause: 0, cut: 0, fill: 0 };
  const began = performance.now();
  const at = async (fault: Fault): Promise<void> => {
    await pause(Math.max(0, began + fault.at_ms - performance.now()));
    if (await inflict(stage, fault)) done[fault.kind] += 1;
  };
  await Promise.all(plan.map(at));
  return done;
}

function inflict(stage: Stage, fault: Fault): Promise<boolean> {
  const { members, lines } = stage.fleet;
  switch (fault.kind) {
    case 'kill':
      return onOne(members, fault, (member) => member.kill(fault.for_ms));
    case 'pause':
      return onOne(members, fault, (member) => member.freeze(fault.for_ms), fault.for_ms);
    case 'cut':
      return cut(lines, fault, stage.recorder);
    case 'fill':
      return fillDisk(stage, fault.for_ms);
  }
}

/** The one that was chosen; a worker that is away stands in for no other, another worker does. */
async function onOne(
  members: ReadonlyMap<string, Member>,
  fault: Fault,
  act: (member: Member) => boolean,
  lasts_ms = 0,
): Promise<boolean> {
  const alike = [...members.keys()].filter(
    (name) => (name === ORCHESTRATOR) === (fault.target === ORCHESTRATOR),
  );
  const order = [fault.target, ...alike.filter((name) => name !== fault.target)];
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await pause(LOOK_MS)) {
    for (const name of order) {
      const member = members.get(name);
      if (member === undefined || !act(member)) continue;
      await pause(lasts_ms);
      return true;
    }
  }
  return false;
}

async function cut(
  lines: ReadonlyMap<string, Line>,
  fault: Extract<Fault, { kind: 'cut' }>,
  recorder: Recorder,
): Promise<boolean> {
  const others = [...lines.keys()].filter((name) => name !== fault.target && name !== CLIENTS);
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await pause(LOOK_MS)) {
    const target = [fault.target, ...others].find((name) => (lines.get(name)?.open ?? 0) > 0);
    const line = target === undefined ? undefined : lines.get(target);
    if (target === undefined || line === undefined) continue;
    const held = line.hold(fault.way, fault.fresh);
    const detail = `${held} connections, ${fault.way}${fault.fresh ? ', new ones too' : ''}`;
    recorder.add({ kind: 'fault', fault: 'cut', target, detail });
    await pause(fault.for_ms);
    line.release(fault.after);
    recorder.add({ kind: 'fault', fault: 'mend', target, detail: fault.after });
    return true;
  }
  return false;
}

/** Counts when a submit was refused because of it. */
async function fillDisk({ fleet, disk, field, recorder }: Stage, for_ms: number): Promise<boolean> {
  if (disk === null) return false;
  const orchestrator = fleet.members.get(ORCHESTRATOR);
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await pause(LOOK_MS))
    if (orchestrator?.running === true) break;
  const before = field.refusals;
  const began = performance.now();
  recorder.add({ kind: 'fault', fault: 'fill', target: 'disk' });
  const isOver = (): boolean => {
    const lasted = performance.now() - began;
    return lasted > FULL_MS || (lasted > for_ms && field.refusals > before);
  };
  let pressing = 0;
  for (let number = 0; !isOver(); await pause(TOP_UP_MS)) {
    disk.fill();
    if (pressing > 0 || field.refusals > before) continue;
    pressing += 1;
    const key = `chaos-heavy-${Math.round(began)}-${number++}`;
    field.pending.push(submitHeavy(field, key).finally(() => (pressing -= 1)));
  }
  disk.free();
  recorder.add({
    kind: 'fault',
    fault: 'free',
    target: 'disk',
    detail: `${field.refusals - before} refusals`,
  });
  return field.refusals > before;
}
