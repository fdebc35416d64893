import { describe, expect, test } from 'vitest';
import { heldAttempt, type JobRecord, type NewJobSpec, newJob } from '../core/job.ts';
import { DEFAULT_LEASE } from '../core/lease.ts';
import type { AttemptRef, Outcome } from '../protocol/attempt.ts';
import { type JobId, makeId, WorkerId } from '../protocol/ids.ts';
import { RetryPolicy } from '../protocol/job.ts';
import { Requirements } from '../protocol/requirements.ts';
import type { VerbAnswer, VerbArgs, VerbName } from '../store/verbs.ts';
import { BlobModel } from './blob-model.ts';
import { offerOf } from './fleet.ts';
import { INVARIANTS } from './invariants.ts';
import { openLedger } from './ledger.ts';
import { Observer } from './observer.ts';
import { StoreModel } from './store-model.ts';
import { actorOf, VirtualTime } from './virtual-time.ts';
import type { Execution, World } from './world.ts';

const WORKER = WorkerId.parse(`wrk_${'0'.repeat(26)}`);
const DONE: Outcome = {
  status: 'succeeded',
  engine: 'sim',
  output: 1,
  metrics: {},
  warnings: [],
  artifacts: [],
};

/** A history written by hand: true verbs, and lies about what they did. */
class History {
  readonly time = new VirtualTime(0);
  readonly store = new StoreModel({ now: () => this.time.now() });
  readonly ledger = openLedger();
  readonly executions = new Map<JobId, Set<Execution>>();
  readonly blobs = new BlobModel();
  readonly observer: Observer = new Observer(() => this.world);
  readonly world = {
    time: this.time,
    store: this.store,
    ledger: this.ledger,
    blobs: this.blobs,
    executions: this.executions,
    lease: DEFAULT_LEASE,
    trace: { write() {} },
  } as unknown as World;
  readonly #actor = actorOf('test');

  constructor() {
    this.observer.start(INVARIANTS);
    this.run('upsertWorker', [
      { kind: 'hello', worker_id: WORKER, boot_id: 'b', offer: offerOf('w', 2, 4), silent_ms: 10_000 },
    ]);
  }

  /** @param told what the orchestrator was answered, when that is a lie */
  run<K extends VerbName>(verb: K, args: VerbArgs<K>, told?: VerbAnswer<K>): VerbAnswer<K> {
    const answer = told ?? this.store.run(verb, args);
    this.observer.verb({ actor: this.#actor, verb, args, answer, now: this.time.now() });
    this.observer.step();
    return answer;
  }

  submit(over: Partial<NewJobSpec> = {}): JobRecord {
    const job = jobOf(this.store.tables.jobs.size + 1, over);
    this.run('insertJobs', [[{ job }]]);
    return job;
  }

  place(job: JobRecord, nonce: string): AttemptRef {
    const reserve = { slots: 1, cpu: 1, memory_bytes: 1, gpus: [], vram_bytes: 0 };
    const expected_epoch = this.job(job).epoch;
    const [worker] = this.store.tables.workers();
    const place = {
      job_id: job.id,
      expected_epoch,
      worker_id: WORKER,
      expected_session: worker?.session ?? 0,
    };
    this.run('commitPlacements', [[{ ...place, reserve, nonce }], 30_000]);
    return { job_id: job.id, epoch: expected_epoch + 1, nonce };
  }

  start(attempt: AttemptRef): void {
    this.run('startAttempts', [[{ attempt, phase: 'started' }]]);
  }

  settle(attempt: AttemptRef, outcome: Outcome, told?: VerbAnswer<'settle'>): void {
    const item = { attempt, outcome, hash: JSON.stringify(outcome), artifacts: [], jitter: 0 };
    this.run('settle', [[item]], told);
  }

  job(job: JobRecord): JobRecord {
    return this.store.tables.job(job.id) ?? job;
  }

  /** Writes a job past the verbs. */
  forge(job: JobRecord, change: Partial<JobRecord>): void {
    this.store.tables.saveJob({ ...this.job(job), ...change });
    this.run('patchJobs', [[]]);
  }

  runs(attempt: AttemptRef, name: string): void {
    const execution = { ref: attempt, worker: WORKER, actor: actorOf(name), excusedUntil: 0 };
    const set = this.executions.get(attempt.job_id) ?? new Set();
    this.executions.set(attempt.job_id, set.add(execution));
    this.observer.began(execution);
    this.observer.step();
  }

  get broken(): string | null {
    return this.observer.violation?.invariant ?? null;
  }
}

function jobOf(number: number, over: Partial<NewJobSpec>): JobRecord {
  return newJob({
    id: makeId(
      'job',
      1,
      Uint8Array.from({ length: 10 }, () => number),
    ),
    tenant: 'default',
    principal: 'tester',
    module: 'sim',
    name: null,
    input: {},
    files: [],
    retry: RetryPolicy.parse({}),
    timeout_ms: 1000,
    run_at: null,
    deadline_at: null,
    group_id: null,
    retry_of: null,
    depends_on: [],
    on_parent_failure: 'cancel',
    unique_key: null,
    concurrency: null,
    strict: false,
    created_at: 1,
    priority: 0,
    labels: {},
    requirements: Requirements.parse({}),
    ...over,
  });
}

const nonce = (digit: string): string => digit.repeat(32);

describe('the invariants', () => {
  test('accept a true history', () => {
    const history = new History();
    const job = history.submit();
    const attempt = history.place(job, nonce('a'));
    history.start(attempt);
    history.runs(attempt, 'w');
    history.executions.clear();
    history.settle(attempt, DONE);
    history.settle(attempt, DONE);
    history.observer.end();
    expect(history.broken).toBeNull();
  });

  test('reject a change of what has ended', () => {
    const history = new History();
    const job = history.submit();
    history.settle(history.place(job, nonce('a')), DONE);
    history.forge(job, { priority: 1, rank: 1 - 600_000 });
    expect(history.broken).toBe('terminal states never change');
  });

  test('reject a jump in the diagram', () => {
    const history = new History();
    const job = history.submit();
    history.forge(job, { status: { state: 'succeeded', reason: { code: 'x', message: 'x' } } });
    expect(history.broken).toBe('states follow the diagram');
  });

  test('reject an epoch that falls', () => {
    const history = new History();
    const job = history.submit();
    history.place(job, nonce('a'));
    history.forge(job, { epoch: 0 });
    expect(history.broken).toBe('epochs rise at each claim and never fall');
  });

  test('reject a nonce that comes twice', () => {
    const history = new History();
    history.place(history.submit(), nonce('a'));
    history.place(history.submit(), nonce('a'));
    expect(history.broken).toBe('epochs rise at each claim and never fall');
  });

  test('reject an answer that commits what is stale', () => {
    const history = new History();
    const job = history.submit();
    const attempt = history.place(job, nonce('a'));
    history.settle({ ...attempt, nonce: nonce('b') }, DONE, [{ kind: 'committed', job }]);
    expect(history.broken).toBe('no outcome, start or progress of a stale attempt');
  });

  test('reject a loss before its time', () => {
    const history = new History();
    const attempt = history.place(history.submit(), nonce('a'));
    history.settle(attempt, { status: 'lost', code: 'lease_expired', message: 'too soon' });
    expect(history.broken).toBe('nothing is re-queued before its worker has killed it');
  });

  test('reject a beat that hides a cancel', () => {
    const history = new History();
    const attempt = history.place(history.submit(), nonce('a'));
    history.start(attempt);
    history.run('requestCancel', [[attempt.job_id], 'stop']);
    const item = { worker_id: WORKER, session: 1, attempts: [attempt] };
    history.run('renewLeases', [[item], 30_000], [{ kind: 'renewed', verdicts: ['continue'] }]);
    expect(history.broken).toBe('a cancel rides every beat');
  });

  test('reject two executions at once, and one after a confirmed cancel', () => {
    const twice = new History();
    const attempt = twice.place(twice.submit(), nonce('a'));
    twice.runs(attempt, 'one');
    twice.runs({ ...attempt, epoch: 2, nonce: nonce('b') }, 'two');
    expect(twice.broken).toBe('no job runs twice at once');

    const canceled = new History();
    const job = canceled.submit();
    canceled.runs(canceled.place(job, nonce('a')), 'one');
    canceled.run('requestCancel', [[job.id], 'stop']);
    expect(canceled.broken).toBe('a confirmed cancel has no process');
  });

  test('reject room that is given twice, forgotten or kept', () => {
    const lost = new History();
    const attempt = lost.place(lost.submit(), nonce('a'));
    lost.store.tables.unhold(WORKER, `${attempt.job_id}#1`);
    lost.run('upsertWorker', [{ kind: 'drain', worker_id: WORKER, draining: true }]);
    expect(lost.broken).toBe('holds are those of the attempts and of unconfirmed cancels');

    const full = new History();
    const reserve = { slots: 9, cpu: 1, memory_bytes: 1, gpus: [], vram_bytes: 0 };
    full.store.tables.hold(WORKER, 'job_x#1', reserve);
    full.run('commitPlacements', [[], 30_000]);
    expect(full.broken).toBe('what is reserved fits the worker');
  });

  test('reject a rank that follows no formula, a place that is lost and one that is overtaken', () => {
    const rank = new History();
    rank.forge(rank.submit(), { rank: 5 });
    expect(rank.broken).toBe('rank is eligible_at less priority');

    const place = new History();
    const job = place.submit();
    place.place(job, nonce('a'));
    const status = { state: 'queued', reason: { code: 'undelivered', message: 'x' } } as const;
    place.forge(job, { status, eligible_at: 9000, rank: 9000 });
    expect(place.broken).toBe('lost, preempted and undelivered jobs keep their place');

    const order = new History();
    order.submit();
    const later = order.submit({ created_at: 5000 });
    order.run('readReady', [{ shapes: [], classes: 1, per_class: 1 }]);
    order.place(later, nonce('a'));
    expect(order.broken).toBe('no job starts before a better ranked one of its class');
  });

  test('groups: reject one that was stored in part, and the loss of a job of one', () => {
    const group_id = makeId('grp', 1, new Uint8Array(10));
    const part = new History();
    const [a, b] = [jobOf(1, { group_id }), jobOf(2, { group_id })];
    part.store.run('insertJobs', [[{ job: a }]]);
    const both = [{ job: a }, { job: b }];
    const told = both.map(({ job }) => ({ kind: 'created', job }) as const);
    part.run('insertJobs', [both, { whole: true }], told);
    expect(part.broken).toBe('a group is whole');

    const lost = new History();
    lost.submit({ group_id });
    lost.ledger.groups.set(group_id, 2);
    lost.observer.end();
    expect(lost.broken).toBe('a group is whole');
  });

  test('reject files that no outcome named', () => {
    const history = new History();
    const job = history.submit();
    history.place(job, nonce('a'));
    const shown = { id: 'art_1' as never, name: 'x', size: 1, sha256: 'x', content_type: 'x' };
    history.forge(job, { artifacts: [shown] });
    expect(history.broken).toBe('artifacts appear with their manifest, bytes and all');
  });

  test('C9: reject a resume pointer to nothing, one of a stale attempt, and one that is lost on the way', () => {
    const name = 'a resume pointer names a whole checkpoint of an attempt that held the job';
    const files = [{ name: 'saved.json', size: 1, sha256: 'x' }];
    const empty = new History();
    const job = empty.submit();
    const { epoch, nonce: first } = empty.place(job, nonce('a'));
    empty.forge(job, { checkpoint: { epoch, nonce: first, seq: 1, at: 1, files } });
    expect(empty.broken).toBe(name);

    const stale = new History();
    const attempt = stale.place(stale.submit(), nonce('a'));
    const item = { attempt: { ...attempt, nonce: nonce('b') }, seq: 1, files };
    stale.run('commitCheckpoints', [[item]], [{ kind: 'committed', superseded: null }]);
    expect(stale.broken).toBe(name);

    const lost = new History();
    const other = lost.submit();
    const held = lost.place(other, nonce('a'));
    lost.start(held);
    lost.run('commitCheckpoints', [[{ attempt: held, seq: 1, files: [] }]]);
    const status = { state: 'queued', reason: { code: 'preempted', message: 'x' } } as const;
    lost.forge(other, { status, checkpoint: null });
    expect(lost.broken).toBe(name);
  });

  test('reject a history with an event too many', () => {
    const history = new History();
    const job = history.submit();
    history.store.tables.append({
      at: '2026-01-01T00:00:00Z',
      type: 'job.running',
      job_id: job.id,
      state: 'running',
      reason: { code: 'x', message: 'x' },
    });
    history.run('patchJobs', [[]]);
    expect(history.broken).toBe('events have no hole and no repeat, and tell each timeline');
  });

  test('reject the loss of what was acknowledged, and a second job for one key', () => {
    const gone = new History();
    gone.ledger.submitted.add(jobOf(9, {}).id);
    gone.observer.end();
    expect(gone.broken).toBe('nothing acknowledged is lost');

    const twice = new History();
    const idempotency = { key: 'k', hash: 'h' };
    for (const number of [1, 2]) {
      const job = jobOf(number, {});
      twice.run('insertJobs', [[{ job, idempotency }]], [{ kind: 'created', job }]);
    }
    expect(twice.broken).toBe('one job per idempotency key');
  });

  test('reject a write of a stale attempt, and a log that is not its attempt’s', async () => {
    for (const kind of ['log', 'artifact'] as const) {
      const history = new History();
      const attempt = history.place(history.submit(), nonce('a'));
      await history.observer.fenced(kind, { ...attempt, nonce: nonce('b') }, async () => ({ length: 0 }));
      expect(history.broken).toBe(`no ${kind} of a stale attempt`);
    }
    const mixed = new History();
    const attempt = mixed.place(mixed.submit(), nonce('a'));
    await mixed.blobs.append(`logs/${attempt.job_id}/1/${attempt.nonce}`, 0, Buffer.from('other'));
    await mixed.observer.fenced('log', attempt, async () => ({ length: 5 }));
    expect(mixed.broken).toBe('a log is one attempt’s, whole and in order');
    expect(heldAttempt(mixed.store.tables.job(attempt.job_id) ?? jobOf(1, {}))).not.toBeNull();
  });
});
