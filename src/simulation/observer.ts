import { type Attempt, heldAttempt, isCurrent, type JobRecord, writerOf } from '../core/job.ts';
import type { AttemptRef } from '../protocol/attempt.ts';
import type { OrchestratorMessage } from '../protocol/channel.ts';
import type { JobId } from '../protocol/ids.ts';
import type { VerbName } from '../store/verbs.ts';
import type { AnyVerbSeen, Hooks, Invariant } from './invariant.ts';
import { short } from './trace.ts';
import type { Execution, VerbSeen, Watch, World, WriteSeen } from './world.ts';

export interface Violation {
  readonly invariant: string;
  readonly detail: string;
}

interface OpenWrite {
  readonly ref: AttemptRef;
  held: boolean;
}

/** By then a worker that the store knows nothing of has been told so or has killed what it ran. */
const FORGOTTEN_MS = 60_000;

/** Sees all that happens in the world, keeps what jobs looked like before, and asks every invariant. */
export class Observer implements Watch {
  violation: Violation | null = null;
  readonly known = new Map<JobId, JobRecord>();
  readonly forgotten = new Map<string, number>();
  readonly #world: () => World;
  readonly #openWrites = new Set<OpenWrite>();
  #hooks: readonly Hooks[] = [];

  constructor(world: () => World) {
    this.#world = world;
  }

  start(invariants: readonly Invariant[]): void {
    const scene = { world: this.#world(), known: this.known, forgotten: this.forgotten };
    this.#hooks = invariants.map((invariant) =>
      invariant.watch(scene, (detail) => this.fail(invariant.name, detail)),
    );
  }

  fail(invariant: string, detail: string): void {
    if (this.violation !== null) return;
    this.violation = { invariant, detail };
    this.#world().trace.write('VIOLATED', `${invariant}: ${detail}`);
  }

  verb<K extends VerbName>(seen: VerbSeen<K>): void {
    for (const hooks of this.#hooks) hooks.verb?.(seen as unknown as AnyVerbSeen);
    this.#compare();
    for (const write of this.#openWrites) write.held ||= this.#isHeld(write.ref);
  }

  /** `held` is true when the attempt held the job at some moment of the call: its fence may be read at any of them. */
  async fenced<T extends { readonly length: number }>(
    kind: WriteSeen['kind'],
    ref: AttemptRef,
    write: () => Promise<T>,
  ): Promise<T> {
    const open: OpenWrite = { ref, held: this.#isHeld(ref) };
    this.#openWrites.add(open);
    try {
      const answer = await write();
      for (const hooks of this.#hooks) hooks.write?.({ kind, ref, held: open.held, length: answer.length });
      return answer;
    } finally {
      this.#openWrites.delete(open);
    }
  }

  told(message: OrchestratorMessage): void {
    if (message.type !== 'settled') return;
    if (message.verdict !== 'committed' && message.verdict !== 'duplicate') return;
    const { job_id, epoch, nonce } = message.attempt;
    this.#world().ledger.settled.set(nonce, { job_id, epoch });
  }

  began(execution: Execution): void {
    for (const hooks of this.#hooks) hooks.began?.(execution);
  }

  /** The store lost a suffix: what it no longer knows is no longer what anybody is held to, but for what was acknowledged. */
  rewound(): void {
    const world = this.#world();
    const before = new Map(this.known);
    this.known.clear();
    for (const job of world.store.tables.jobs.records()) this.known.set(job.id, job);
    for (const [id, job] of before) {
      const attempt = heldAttempt(job);
      const now = this.known.get(id);
      if (attempt === null || (now !== undefined && remembers(now, job, attempt))) continue;
      this.forgotten.set(attempt.nonce, world.time.now() + FORGOTTEN_MS);
    }
    for (const set of world.executions.values()) {
      for (const execution of set)
        execution.excusedUntil = Math.max(
          execution.excusedUntil,
          this.forgotten.get(execution.ref.nonce) ?? 0,
        );
    }
    for (const hooks of this.#hooks) hooks.rewound?.();
  }

  step(): void {
    for (const hooks of this.#hooks) hooks.step?.();
  }

  end(): void {
    for (const hooks of this.#hooks) hooks.end?.();
  }

  #isHeld(ref: AttemptRef): boolean {
    const job = this.known.get(ref.job_id);
    return job !== undefined && writerOf(job, ref) !== null;
  }

  #compare(): void {
    const { store, trace } = this.#world();
    const { jobs } = store.tables;
    for (const after of jobs.records()) {
      const { id } = after;
      const before = this.known.get(id) ?? null;
      if (before === after) continue;
      this.known.set(id, after);
      if (before?.status.state !== after.status.state)
        trace.write(
          'store',
          `${short(id)} ${after.status.state} (${after.status.reason.code}) epoch ${after.epoch}`,
        );
      for (const hooks of this.#hooks) hooks.change?.(before, after);
    }
    if (jobs.size === this.known.size) return;
    for (const id of [...this.known.keys()])
      if (jobs.peek(id) === null) this.fail('no job vanishes', `${id} is gone`);
  }
}

/** Whether the store still gives the job to the attempt, and knows that it was accepted if it knew that before. */
function remembers(now: JobRecord, before: JobRecord, attempt: Attempt): boolean {
  return isCurrent(now, attempt) && (!isAccepted(before) || isAccepted(now));
}

const isAccepted = ({ status }: JobRecord): boolean =>
  status.state === 'running' || (status.state === 'starting' && status.accepted);
