import type { WorkerPatch } from '../protocol/worker.ts';
import { type ControlRoom, OPERATOR } from './control-room.ts';
import type { FleetMember } from './fleet.ts';
import type { FaultKind } from './profile.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { World } from './world.ts';

interface Stage {
  readonly world: World;
  readonly room: ControlRoom;
  readonly fleet: readonly FleetMember[];
  readonly random: SeededRandom;
}

/** Injects faults until the world is declared healthy. */
export function scheduleFaults(world: World, room: ControlRoom, fleet: readonly FleetMember[]): void {
  const stage: Stage = { world, room, fleet, random: world.random.fork() };
  const { fault_every_ms, faults } = world.profile;
  const next = (): void => {
    world.time.after(Math.ceil(stage.random.between(0, 2 * fault_every_ms)), null, () => {
      if (!world.faulty) return;
      const kind = stage.random.pick(faults);
      if (kind !== undefined && inject(stage, kind)) {
        world.count(kind);
      }
      next();
    });
  };
  next();
}

/** False when the fault found nothing to hit. */
function inject(stage: Stage, kind: FaultKind): boolean {
  const member = stage.random.pick(stage.fleet);
  stage.world.trace.write(
    'fault',
    `${kind}${kind.includes('orch') || kind === 'power loss' ? '' : ` ${member?.offer.name}`}`,
  );
  if (kind === 'power loss' || kind.includes('orchestrator')) return injectAbove(stage, kind);
  return member !== undefined && injectBelow(stage, kind, member);
}

function injectAbove({ world, room, random }: Stage, kind: FaultKind): boolean {
  const process = random.pick(room.processes);
  const startLater = (most: number): void => {
    world.time.after(random.whole(10, most), null, () => {
      if (room.processes.length === 0) room.start();
    });
  };
  if (kind === 'second orchestrator') {
    if (room.processes.length !== 1) return false;
    const [old] = room.processes;
    if (old !== undefined) old.actor.pausedUntil = world.time.now() + random.whole(0, 90_000);
    const fresh = room.start();
    world.time.after(random.whole(1000, 120_000), null, () => {
      const goes = random.chance(0.7) ? old : fresh;
      if (goes?.actor.alive && room.processes.length > 1) room.crash(goes);
    });
    return true;
  }
  if (process === undefined) return false;
  if (kind === 'orchestrator pause') {
    process.actor.pausedUntil = world.time.now() + random.whole(100, random.chance(0.5) ? 8000 : 100_000);
    return true;
  }
  if (kind === 'orchestrator crash') room.crash(process);
  else if (kind === 'orchestrator restart') room.stop(process);
  else room.losePower(random.whole(0, 60));
  startLater(random.chance(0.5) ? 2000 : 60_000);
  return true;
}

function injectBelow({ world, room, random }: Stage, kind: FaultKind, member: FleetMember): boolean {
  const { process } = member;
  const bootLater = (): void => void world.time.after(random.whole(100, 40_000), null, () => member.boot());
  const until = world.time.now() + random.whole(500, random.chance(0.5) ? 15_000 : 100_000);
  switch (kind) {
    case 'worker kill':
      member.kill();
      bootLater();
      return process !== null;
    case 'worker drain':
      member.drain();
      world.time.after(50_000, null, bootLater);
      return process !== null;
    case 'worker pause':
      member.pause(random.whole(500, random.chance(0.5) ? 4900 : 100_000));
      return process !== null;
    case 'operator drain':
      return operatorDrains(world, room, random, member);
    case 'socket cut':
      process?.socket?.cut();
      return process?.socket != null;
    case 'partition':
      member.line.hold('up', until);
      member.line.hold('down', until);
      return true;
    case 'one-way partition':
      member.line.hold(random.chance(0.5) ? 'up' : 'down', until);
      return true;
    default:
      member.line.slowUntil = until;
      return true;
  }
}

function operatorDrains(world: World, room: ControlRoom, random: SeededRandom, member: FleetMember): boolean {
  const patch = (change: WorkerPatch): void => {
    const face = room.choose()?.face;
    face?.patchWorker(member.worker_id, change, OPERATOR).catch(() => {});
  };
  const deadline = random.chance(0.7) ? { deadline_seconds: random.whole(0, 40) } : {};
  patch({ state: 'draining', ...deadline });
  world.time.after(random.whole(1000, 60_000), null, () => patch({ state: 'online' }));
  return true;
}
