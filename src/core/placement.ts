import type { JobId, WorkerId } from '../protocol/ids.ts';
import type { Requirements } from '../protocol/requirements.ts';
import { moduleCapability, type RequirementClass } from './requirement-class.ts';
import { fits, type Reserve, type Room, subtract, takesAhead, totalRoom } from './resources.ts';
import { bookOf, capabilitySet, takesWork, type WorkerRecord } from './worker.ts';

/** A job that may start now, as the store reads it. */
export interface ReadyJob {
  readonly id: JobId;
  readonly epoch: number;
  readonly module: string;
  readonly class_key: string;
  readonly rank: number;
  readonly requirements: Requirements;
  /** Workers that went down under it or failed it: others are tried first. */
  readonly avoid: readonly WorkerId[];
}

/** One line of a plan; the store re-checks it and may refuse it alone. */
export interface Placement {
  readonly job_id: JobId;
  readonly expected_epoch: number;
  readonly worker_id: WorkerId;
  readonly expected_session: number;
  readonly reserve: Reserve;
}

/** A worker as a planner sees it: what it can do, and what is left as the plan grows. */
export interface Candidate {
  readonly id: WorkerId;
  readonly session: number;
  readonly capabilities: ReadonlySet<string>;
  readonly labels: Readonly<Record<string, string>>;
  readonly region: string | null;
  readonly gpus: number;
  readonly slots: number;
  readonly room: Room;
  /** What it has in all. */
  readonly whole: Room;
  /** How many jobs it takes ahead of a free slot. */
  readonly credit: number;
}

export function candidateOf(worker: WorkerRecord): Candidate {
  const { room, credit } = bookOf(worker);
  return {
    id: worker.id,
    session: worker.session,
    capabilities: capabilitySet(worker.offer),
    labels: worker.offer.labels,
    region: worker.offer.region ?? null,
    gpus: worker.offer.hardware.gpus.length,
    slots: worker.offer.slots,
    room,
    whole: totalRoom(worker.offer.hardware, worker.offer.slots),
    credit,
  };
}

/** How many jobs it may be given: to start at once, and ahead (C10). */
export const creditOf = ({ room, credit }: Candidate): number => Math.max(0, room.slots) + credit;

export type WorkerShape = Pick<Candidate, 'capabilities' | 'labels' | 'region' | 'gpus'>;

/** What a class asks of the machine alone. */
type MachineClass = Omit<RequirementClass, 'limits'>;

/** Whether a worker of this shape may ever take jobs of the class; room is not looked at. */
export function admits(shape: WorkerShape, wanted: MachineClass): boolean {
  return (
    wanted.capabilities.every((word) => shape.capabilities.has(word)) &&
    Object.entries(wanted.labels).every(([key, value]) => shape.labels[key] === value) &&
    (wanted.region === null || wanted.region === shape.region) &&
    (wanted.gpu !== 'required' || shape.gpus > 0)
  );
}

const classOfJob = (job: ReadyJob): MachineClass => ({
  capabilities: [moduleCapability(job.module), ...job.requirements.capabilities],
  labels: job.requirements.labels,
  region: job.requirements.region ?? null,
  gpu: job.requirements.gpu,
});

/**
 * Gives ready jobs, best rank first, to workers (filter, then score, as Nomad's scheduler does). An unplaceable job
 * never stops the next one. Deterministic: ties go to the lower worker id.
 */
export function planPlacements(ready: readonly ReadyJob[], workers: readonly WorkerRecord[]): Placement[] {
  const seats = workers.filter(takesWork).map((worker): Seat => ({ ...candidateOf(worker) }));
  const plan: Placement[] = [];
  const admitting = new Map<string, readonly Seat[]>();
  for (const job of [...ready].sort(byRank)) {
    const here = seatsFor(job, seats, admitting);
    const choice = choose(job, here, roomNow) ?? choose(job, here, ahead);
    if (choice === null) continue;
    const { seat, reserve } = choice;
    if (reserve.slots === 0) seat.credit -= 1;
    else seat.room = subtract(seat.room, reserve);
    plan.push({
      job_id: job.id,
      expected_epoch: job.epoch,
      worker_id: seat.id,
      expected_session: seat.session,
      reserve,
    });
  }
  return plan;
}

/** A candidate whose room and credit shrink as the plan grows. */
type Seat = { -readonly [K in 'room' | 'credit']: Candidate[K] } & Omit<Candidate, 'room' | 'credit'>;

const byRank = (a: ReadyJob, b: ReadyJob): number => a.rank - b.rank || (a.id < b.id ? -1 : 1);

/** The workers of the right shape: the same for all jobs of a class, which names all that is asked of the machine. */
function seatsFor(
  job: ReadyJob,
  seats: readonly Seat[],
  known: Map<string, readonly Seat[]>,
): readonly Seat[] {
  const before = known.get(job.class_key);
  if (before !== undefined) return before;
  const wanted = classOfJob(job);
  const found = seats.filter((seat) => admits(seat, wanted));
  known.set(job.class_key, found);
  return found;
}

interface Choice {
  readonly seat: Seat;
  readonly reserve: Reserve;
}

/** What the job would take of a candidate, or null. */
type Take = (candidate: Candidate, needs: Requirements) => Reserve | null;

const roomNow: Take = ({ room }, needs) => fits(room, needs);
/** C10: only when no worker has room now; it then waits there for the first that gets free. */
const ahead: Take = ({ credit, whole }, needs) => (credit < 1 ? null : takesAhead(whole, needs));

function choose(job: ReadyJob, seats: readonly Seat[], take: Take): Choice | null {
  let best: Seat | null = null;
  let taken: Reserve | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  for (const seat of seats) {
    if (creditOf(seat) < 1) continue;
    const reserve = take(seat, job.requirements);
    if (reserve === null) continue;
    const score = scoreFit(job, seat, reserve);
    if (best !== null && (score < highest || (score === highest && seat.id > best.id))) continue;
    best = seat;
    taken = reserve;
    highest = score;
  }
  return best === null || taken === null ? null : { seat: best, reserve: taken };
}

/** Higher is better. Whole points order the rules; the share of slots left (0–1) spreads load within a rule. */
function scoreFit(job: ReadyJob, candidate: Candidate, reserve: Reserve): number {
  const { credit, room, slots } = candidate;
  const spread = reserve.slots === 0 ? credit / (credit + slots) : room.slots / slots;
  const fresh = job.avoid.includes(candidate.id) ? 0 : 8;
  const gotGpu = job.requirements.gpu === 'preferred' && reserve.gpus.length > 0 ? 4 : 0;
  const sparesGpu = job.requirements.gpu === 'none' && candidate.gpus > 0 ? 0 : 2;
  return fresh + gotGpu + sparesGpu + spread;
}
