import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { heldAttempt, type JobRecord, newJob } from '../core/job.ts';
import { planPlacements } from '../core/placement.ts';
import { freeRoom, holdKey } from '../core/worker.ts';
import type { AttemptRef, Outcome } from '../protocol/attempt.ts';
import { isTerminal } from '../protocol/job-state.ts';
import {
  artifactOf,
  DONE,
  failedBy,
  HandClock,
  idOf,
  LEASE,
  LOST,
  LOST_LEASE,
  nonceOf,
  offerOf,
  RESERVE,
  SHAPE,
  specOf,
} from './conformance/fixture.ts';
import { createMemoryStore } from './memory/memory-store.ts';
import type { Store } from './record-store.ts';
import { openSqliteStore } from './sqlite/sqlite-store.ts';

const folder = await mkdtemp(join(tmpdir(), 'hive-model-'));
afterAll(() => rm(folder, { recursive: true }));
let files = 0;

const OUTCOMES: readonly Outcome[] = [
  DONE,
  failedBy('user'),
  failedBy('oom'),
  failedBy('infra'),
  { status: 'canceled' },
  { status: 'preempted', message: 'notice' },
  LOST_LEASE,
  { status: 'lost', code: 'worker_restarted', message: 'restart' },
];

const pick = fc.nat({ max: 1000 });
const workerNumber = fc.integer({ min: 1, max: 2 });
const command = fc.oneof(
  fc.record({
    do: fc.constant('insert' as const),
    priority: fc.integer({ min: -2, max: 2 }),
    delay: fc.constantFrom(0, 0, 0, 500),
    key: fc.constantFrom(null, null, 'a', 'b'),
    big: fc.boolean(),
  }),
  fc.record({ do: fc.constant('dispatch' as const) }),
  fc.record({ do: fc.constant('place' as const), job: pick, worker: workerNumber, stale: fc.boolean() }),
  fc.record({
    do: fc.constant('start' as const),
    attempt: pick,
    phase: fc.constantFrom('accepted' as const, 'started' as const),
  }),
  fc.record({
    do: fc.constant('beat' as const),
    worker: workerNumber,
    stale: fc.boolean(),
    percent: fc.nat({ max: 100 }),
  }),
  fc.record({
    do: fc.constant('settle' as const),
    attempt: pick,
    outcome: fc.nat({ max: OUTCOMES.length - 1 }),
    jitter: fc.constantFrom(0, 0.5),
  }),
  fc.record({
    do: fc.constant('checkpoint' as const),
    attempt: pick,
    seq: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ do: fc.constant('cancel' as const), job: pick }),
  fc.record({ do: fc.constant('release' as const), attempt: pick }),
  fc.record({ do: fc.constant('hello' as const), worker: workerNumber, boot: fc.constantFrom('x', 'y') }),
  fc.record({
    do: fc.constant('leave' as const),
    worker: workerNumber,
    how: fc.constantFrom('disconnect' as const, 'bye' as const),
  }),
  fc.record({
    do: fc.constant('state' as const),
    worker: workerNumber,
    state: fc.constantFrom('unreachable' as const, 'suspect' as const, 'lost' as const),
  }),
  fc.record({
    do: fc.constant('drain' as const),
    worker: workerNumber,
    draining: fc.boolean(),
    left_ms: fc.constantFrom(null, undefined, 5000),
  }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 400, 10_000, 31_000, 61_000) }),
  fc.record({ do: fc.constant('sweep' as const), limit: fc.constantFrom(1, 100) }),
  fc.record({ do: fc.constant('patch' as const), job: pick, priority: fc.integer({ min: -2, max: 2 }) }),
  fc.record({ do: fc.constant('prune' as const) }),
  fc.record({ do: fc.constant('reopen' as const) }),
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** Two stores under the same commands, and what must hold of either. */
class Pair {
  readonly clock = new HandClock();
  readonly memory = createMemoryStore({ clock: this.clock, max_queued: 12 });
  readonly file: string;
  sqlite: Store;
  readonly refs: AttemptRef[] = [];
  readonly inserted: JobRecord[] = [];
  readonly ended = new Map<string, string>();
  pruned = 0;
  nonces = 0;

  private constructor(file: string, sqlite: Store) {
    this.file = file;
    this.sqlite = sqlite;
  }

  static async open(): Promise<Pair> {
    files += 1;
    const file = join(folder, `${files}.db`);
    const pair = new Pair(file, null as never);
    await pair.reopen(false);
    return pair;
  }

  async reopen(close = true): Promise<void> {
    if (close) await this.sqlite.close();
    this.sqlite = await openSqliteStore({
      file: this.file,
      threads: false,
      clock: this.clock,
      max_queued: 12,
    });
  }

  /** The same question to both; their answers must be one. */
  async ask<T>(question: (store: Store) => Promise<T>): Promise<T> {
    const answer = await question(this.memory);
    const [theirs, ours] = [plain(await question(this.sqlite)), plain(answer)];
    if (!isDeepStrictEqual(theirs, ours)) expect(theirs).toEqual(ours);
    return answer;
  }

  jobs(): Promise<readonly JobRecord[]> {
    return this.memory.jobs.listJobs({ limit: 1000 });
  }

  async workerOf(number: number) {
    const workers = await this.memory.jobs.listWorkers();
    return workers.find((worker) => worker.id === idOf('wrk', number));
  }
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

async function check(pair: Pair): Promise<void> {
  const jobs = await pair.ask((store) => store.jobs.listJobs({ limit: 1000 }));
  const workers = await pair.ask((store) => store.jobs.listWorkers());
  const counts = await pair.ask((store) => store.jobs.countJobs());
  await pair.ask((store) => store.jobs.readEvents({ after: 0, limit: 10_000 }));
  const ready = await pair.ask((store) =>
    store.jobs.readReady({ shapes: [SHAPE], classes: 99, per_class: 99 }),
  );
  // No job is lost.
  expect(jobs.length).toBe(pair.inserted.length - pair.pruned);
  expect(Object.values(counts.by_state).reduce((a, b) => a + b)).toBe(jobs.length);
  const waiting = jobs.filter((job) => job.status.state === 'queued' && job.wake_at === null);
  expect(ready.map((job) => job.id).sort()).toEqual(waiting.map((job) => job.id).sort());
  for (const { id } of waiting) await pair.ask((store) => store.jobs.getJob({ job: id }));
  // Nothing is reserved above what a worker has, and every held job is reserved for.
  for (const worker of workers) {
    const room = freeRoom(worker);
    expect(Math.min(room.slots, room.cpu, room.memory_bytes)).toBeGreaterThanOrEqual(0);
  }
  for (const job of jobs) {
    const attempt = heldAttempt(job);
    if (attempt === null) continue;
    const worker = workers.find(({ id }) => id === attempt.worker_id);
    expect(worker?.holds.get(holdKey({ job_id: job.id, epoch: attempt.epoch }))).toEqual(attempt.reserve);
  }
  // What ended stays as it ended.
  for (const job of jobs) {
    if (!isTerminal(job.status.state)) continue;
    const text = JSON.stringify(job.status);
    expect(pair.ended.get(job.id) ?? text).toBe(text);
    pair.ended.set(job.id, text);
  }
}

async function act(pair: Pair, cmd: Command): Promise<void> {
  const before = await pair.jobs();
  const held = new Set(before.map((job) => (heldAttempt(job) ?? job.adrift)?.nonce));
  const running = before.filter((job) => heldAttempt(job) !== null);
  const chooseJob = (number: number): JobRecord => {
    const from = number % 2 === 0 && running.length > 0 ? running : before;
    return from[number % Math.max(1, from.length)] ?? newJob(specOf(idOf('job', 9999), 0));
  };
  // The latest attempts most of the time: those may still hold their jobs.
  const chooseRef = (number: number): AttemptRef =>
    pair.refs.at(-1 - (number % Math.max(1, number % 3 === 0 ? pair.refs.length : 4))) ?? {
      job_id: idOf('job', 9999),
      epoch: 1,
      nonce: nonceOf(0),
    };
  const fenced = (ref: AttemptRef, accepted: boolean) => {
    if (accepted)
      expect(held.has(ref.nonce), 'an accepted write comes from the attempt that holds the job').toBe(true);
  };
  const nonce = () => {
    pair.nonces += 1;
    return nonceOf(pair.nonces);
  };
  switch (cmd.do) {
    case 'insert': {
      const now = pair.clock.now();
      const base = specOf(idOf('job', pair.inserted.length + 1), now);
      const job = newJob({
        ...base,
        priority: cmd.priority,
        run_at: cmd.delay === 0 ? null : now + cmd.delay,
        deadline_at: cmd.delay === 0 ? null : now + 5000,
        labels: cmd.big ? { size: 'big' } : {},
        retry: { ...base.retry, user: 1 },
        on_partition: cmd.big ? 'keep_running' : 'kill',
        requirements: { ...base.requirements, cpu: cmd.big ? 3 : 1 },
      });
      const idempotency = cmd.key === null ? undefined : { key: cmd.key, hash: String(cmd.big) };
      const [result] = await pair.ask((store) =>
        store.jobs.insertJobs([{ job, ...(idempotency && { idempotency }) }]),
      );
      if (result?.kind === 'created') pair.inserted.push(job);
      return;
    }
    case 'dispatch': {
      const ready = await pair.memory.jobs.readReady({ shapes: [SHAPE], classes: 4, per_class: 3 });
      const plan = planPlacements(ready, await pair.memory.jobs.listWorkers());
      const items = plan.map((item) => ({ ...item, nonce: nonce() }));
      const results = await pair.ask((store) => store.jobs.commitPlacements(items, LEASE));
      for (const [index, result] of results.entries()) {
        expect(result.kind).toBe('placed');
        const item = items[index];
        if (item !== undefined)
          pair.refs.push({ job_id: item.job_id, epoch: item.expected_epoch + 1, nonce: item.nonce });
      }
      return;
    }
    case 'place': {
      const job = chooseJob(cmd.job);
      const worker = await pair.workerOf(cmd.worker);
      const item = {
        job_id: job.id,
        expected_epoch: job.epoch - (cmd.stale ? 1 : 0),
        worker_id: idOf('wrk', cmd.worker),
        expected_session: worker?.session ?? 1,
        reserve: { ...RESERVE, cpu: job.requirements.cpu, memory_bytes: job.requirements.memory_bytes },
        nonce: nonce(),
      };
      const [result] = await pair.ask((store) => store.jobs.commitPlacements([item], LEASE));
      if (result?.kind !== 'placed') return;
      expect(cmd.stale || job.status.state !== 'queued').toBe(false);
      pair.refs.push({ job_id: job.id, epoch: job.epoch + 1, nonce: item.nonce });
      return;
    }
    case 'start': {
      const attempt = chooseRef(cmd.attempt);
      const [result] = await pair.ask((store) => store.jobs.startAttempts([{ attempt, phase: cmd.phase }]));
      fenced(attempt, result !== 'lease_lost');
      return;
    }
    case 'beat': {
      const worker = await pair.workerOf(cmd.worker);
      const attempts = pair.refs.slice(-5).map((ref) => ({ ...ref, progress: { percent: cmd.percent } }));
      const session = (worker?.session ?? 1) - (cmd.stale ? 1 : 0);
      const beat = { worker_id: idOf('wrk', cmd.worker), session, attempts };
      const [result] = await pair.ask((store) => store.jobs.renewLeases([beat], LEASE));
      if (result?.kind !== 'renewed') return;
      expect(cmd.stale).toBe(false);
      for (const [index, attempt] of attempts.entries())
        fenced(attempt, result.verdicts[index] !== 'abandon');
      return;
    }
    case 'settle': {
      const attempt = chooseRef(cmd.attempt);
      const outcome = OUTCOMES[cmd.outcome] ?? DONE;
      const artifacts = outcome.status === 'succeeded' ? [artifactOf(pair.refs.indexOf(attempt) + 2)] : [];
      const item = { attempt, outcome, artifacts, hash: String(cmd.outcome), jitter: cmd.jitter };
      const [result] = await pair.ask((store) => store.jobs.settle([item]));
      fenced(attempt, result?.kind === 'committed');
      return;
    }
    case 'checkpoint': {
      const attempt = chooseRef(cmd.attempt);
      const files = [{ name: 'state.json', size: cmd.seq, sha256: 'c'.repeat(64) }];
      const [result] = await pair.ask((store) =>
        store.jobs.commitCheckpoints([{ attempt, seq: cmd.seq, files }]),
      );
      fenced(attempt, result?.kind !== 'lease_lost');
      return;
    }
    case 'cancel':
      await pair.ask((store) => store.jobs.requestCancel([chooseJob(cmd.job).id], 'stop'));
      return;
    case 'release': {
      const attempt = chooseRef(cmd.attempt);
      fenced(attempt, (await pair.ask((store) => store.jobs.releaseUndelivered([attempt]))).length > 0);
      return;
    }
    case 'hello':
      await pair.ask((store) =>
        store.jobs.upsertWorker({
          kind: 'hello',
          worker_id: idOf('wrk', cmd.worker),
          boot_id: cmd.boot,
          offer: offerOf({ slots: 3, hardware: { ...offerOf().hardware, cpus: 5, memory_bytes: 6000 } }),
          silent_ms: 10_000,
        }),
      );
      return;
    case 'leave':
    case 'state': {
      const worker = await pair.workerOf(cmd.worker);
      const whom = { worker_id: idOf('wrk', cmd.worker), session: worker?.session ?? 1 };
      const change =
        cmd.do === 'leave'
          ? { kind: cmd.how, ...whom }
          : ({ kind: 'state', ...whom, state: cmd.state, code: 'test', message: 'test' } as const);
      await pair.ask((store) => store.jobs.upsertWorker(change));
      return;
    }
    case 'drain':
      await pair.ask((store) =>
        store.jobs.upsertWorker({
          kind: 'drain',
          worker_id: idOf('wrk', cmd.worker),
          draining: cmd.draining,
          ...(cmd.left_ms !== undefined && { left_ms: cmd.left_ms }),
        }),
      );
      return;
    case 'pass':
      pair.clock.pass(cmd.ms);
      return;
    case 'sweep': {
      const query = { lost_after_ms: LOST, lease_ms: LEASE, limit: cmd.limit };
      const { lost } = await pair.ask((store) => store.jobs.expireLeases(query));
      for (const attempt of lost) {
        fenced(attempt, true);
        const item = { attempt, outcome: LOST_LEASE, hash: 'lost', artifacts: [], jitter: 0 };
        await pair.ask((store) => store.jobs.settle([item]));
      }
      return;
    }
    case 'patch': {
      const patch = { priority: cmd.priority };
      await pair.ask((store) => store.jobs.patchJobs([{ id: chooseJob(cmd.job).id, patch }]));
      return;
    }
    case 'prune': {
      const query = {
        jobs_before: pair.clock.now() - 60_000,
        events_before: pair.clock.now() - 100_000,
        max_events: 50,
        limit: 5,
      };
      pair.pruned += (await pair.ask((store) => store.jobs.prune(query))).jobs;
      return;
    }
    case 'reopen':
      await pair.reopen();
  }
}

test('C1–C9: under any commands both stores answer alike and keep their promises', async () => {
  const tally = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 20, maxLength: 70, size: 'max' }), async (commands) => {
      const pair = await Pair.open();
      try {
        // Two workers and some jobs, so that most commands find something to do.
        const first: Command[] = [
          { do: 'hello', worker: 1, boot: 'x' },
          { do: 'hello', worker: 2, boot: 'x' },
          { do: 'insert', priority: 0, delay: 0, key: null, big: false },
          { do: 'insert', priority: 1, delay: 0, key: null, big: true },
          { do: 'dispatch' },
        ];
        for (const cmd of [...first, ...commands]) {
          await act(pair, cmd);
          await check(pair);
        }
        for (const job of await pair.jobs()) {
          const { state, reason } = job.status;
          const name = `${state}/${reason.code}`;
          tally.set(name, (tally.get(name) ?? 0) + 1);
        }
      } finally {
        await pair.sqlite.close();
      }
    }),
    { seed: 20_300_101, numRuns: 40 },
  );
  // The commands reach the states that matter.
  for (const name of [
    'succeeded/succeeded',
    'canceled/unconfirmed',
    'canceled/canceled',
    'queued/preempted',
  ]) {
    expect(tally.get(name) ?? 0, name).toBeGreaterThan(0);
  }
}, 60_000);
