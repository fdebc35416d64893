import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JobId, WorkerId } from '../protocol/ids.ts';
import type { Requirements } from '../protocol/requirements.ts';
import type { WorkerOffer } from '../protocol/worker.ts';
import { explain } from './explain.ts';
import { newJob } from './job.ts';
import { checkLease, DEFAULT_LEASE } from './lease.ts';
import { planPlacements, type ReadyJob } from './placement.ts';
import { AGEING_MS, rankOf } from './rank.ts';
import { classOf } from './requirement-class.ts';
import { covers, subtract } from './resources.ts';
import { bookOf, freeRoom, type WorkerRecord } from './worker.ts';

const LIMITS = { tenant: 'default', concurrency: null };

const needsOf = (over: Partial<Requirements> = {}): Requirements => ({
  cpu: 1,
  memory_bytes: 10,
  gpu: 'none',
  gpu_count: 0,
  vram_bytes: 0,
  capabilities: [],
  labels: {},
  ...over,
});
const readyOf = (number: number, over: Partial<ReadyJob> = {}): ReadyJob => {
  const requirements = over.requirements ?? needsOf();
  const id = `job_${String(number).padStart(4, '0')}` as JobId;
  return {
    id,
    epoch: 0,
    module: 'm',
    class_key: classOf('m', requirements, LIMITS),
    rank: number,
    avoid: [],
    ...over,
    requirements,
  };
};
const gpuOf = (vram_bytes: number) => ({ name: 'g', vram_bytes, vram_free_bytes: vram_bytes });
function workerOf(
  number: number,
  over: Partial<WorkerRecord> = {},
  offer: Partial<WorkerOffer> = {},
): WorkerRecord {
  return {
    id: `wrk_${number}` as WorkerId,
    boot_id: 'b',
    session: number,
    state: 'online',
    reason: { code: 'registered', message: '' },
    connected: true,
    draining: false,
    drain_until: null,
    holds: new Map(),
    registered_at: 0,
    last_seen_at: 0,
    offer: {
      name: `box-${number}`,
      version: '1',
      pid: 1,
      slots: 2,
      capabilities: [],
      modules: [{ name: 'm', version: '1', engine: 'e' }],
      labels: {},
      hardware: {
        hostname: 'h',
        platform: 'linux',
        arch: 'x64',
        cpu_model: 'c',
        cpus: 4,
        memory_bytes: 100,
        gpus: [],
      },
      ...offer,
    },
    ...over,
  };
}
const hardware = (over: Partial<WorkerOffer['hardware']>): Partial<WorkerOffer> => ({
  hardware: { ...workerOf(0).offer.hardware, ...over },
});

const anyReady = fc
  .array(
    fc.record({
      rank: fc.nat({ max: 20 }),
      cpu: fc.integer({ min: 1, max: 50 }).map((tenths) => tenths / 10),
      memory_bytes: fc.nat({ max: 60 }),
      gpu: fc.constantFrom('required' as const, 'preferred' as const, 'none' as const),
      vram_bytes: fc.nat({ max: 20 }),
      module: fc.constantFrom('m', 'm', 'absent'),
    }),
    { maxLength: 15 },
  )
  .map((list) =>
    list.map(({ rank, module, ...needs }, number) =>
      readyOf(number, { rank, module, requirements: needsOf(needs) }),
    ),
  );
const anyWorkers = fc
  .array(
    fc.record({
      slots: fc.integer({ min: 1, max: 4 }),
      cpus: fc.integer({ min: 1, max: 8 }),
      gpus: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 2 }),
      draining: fc.boolean(),
    }),
    { maxLength: 4 },
  )
  .map((list) =>
    list.map(({ slots, cpus, gpus, draining }, number) =>
      workerOf(number, { draining }, { slots, ...hardware({ cpus, gpus: gpus.map(gpuOf) }) }),
    ),
  );

test('§5: no plan takes more than a worker has, gives to one that takes none, or places a job twice', () => {
  fc.assert(
    fc.property(anyReady, anyWorkers, (ready, workers) => {
      const rooms = new Map(workers.map((worker) => [worker.id, freeRoom(worker)]));
      const plan = planPlacements(ready, workers);
      expect(new Set(plan.map((item) => item.job_id)).size).toBe(plan.length);
      for (const item of plan) {
        const room = rooms.get(item.worker_id);
        expect(workers.find(({ id }) => id === item.worker_id)?.draining).toBe(false);
        if (room === undefined) throw new Error('unknown worker');
        expect(covers(room, item.reserve)).toBe(true);
        rooms.set(item.worker_id, subtract(room, item.reserve));
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});

test('§5: a plan depends on neither the order of the jobs nor that of the workers', () => {
  fc.assert(
    fc.property(anyReady, anyWorkers, (ready, workers) => {
      expect(planPlacements([...ready].reverse(), [...workers].reverse())).toEqual(
        planPlacements(ready, workers),
      );
    }),
    { seed: 5, numRuns: 300 },
  );
});

test('§5: a job that nobody can run stops no other', () => {
  fc.assert(
    fc.property(anyReady, anyWorkers, (ready, workers) => {
      const hopeless = readyOf(999, { rank: -1, requirements: needsOf({ cpu: 1000 }) });
      expect(planPlacements([hopeless, ...ready], workers)).toEqual(planPlacements(ready, workers));
    }),
    { seed: 6, numRuns: 200 },
  );
});

test('§5: jobs spread over idle workers, best rank first', () => {
  const plan = planPlacements([readyOf(2), readyOf(1), readyOf(3)], [workerOf(1), workerOf(2)]);
  expect(plan.map((item) => [item.job_id, item.worker_id])).toEqual([
    ['job_0001', 'wrk_1'],
    ['job_0002', 'wrk_2'],
    ['job_0003', 'wrk_1'],
  ]);
  expect(plan[0]).toMatchObject({ expected_epoch: 0, expected_session: 1 });
});

test('§5: GPU machines are kept for GPU work, and a preferred GPU is taken when there', () => {
  const workers = [workerOf(1, {}, hardware({ gpus: [gpuOf(10)] })), workerOf(2)];
  const to = (requirements: Requirements) =>
    planPlacements([readyOf(1, { requirements })], workers)[0]?.worker_id;
  expect(to(needsOf())).toBe('wrk_2');
  expect(to(needsOf({ gpu: 'preferred' }))).toBe('wrk_1');
  expect(to(needsOf({ gpu: 'required', vram_bytes: 11 }))).toBeUndefined();
});

test('C7: a worker that went down under the job is its last choice', () => {
  const avoid = [workerOf(1).id];
  expect(planPlacements([readyOf(1, { avoid })], [workerOf(1), workerOf(2)])[0]?.worker_id).toBe('wrk_2');
  expect(planPlacements([readyOf(1, { avoid })], [workerOf(1)])).toHaveLength(1);
});

test('§5: words, labels and region must all hold', () => {
  const requirements = needsOf({ capabilities: ['gis'], labels: { zone: 'a' }, region: 'eu' });
  const offer = { capabilities: ['gis'], labels: { zone: 'a' }, region: 'eu' };
  const count = (over: Partial<WorkerOffer>) =>
    planPlacements([readyOf(1, { requirements })], [workerOf(1, {}, { ...offer, ...over })]).length;
  expect(count({})).toBe(1);
  expect(count({ capabilities: [] })).toBe(0);
  expect(count({ labels: { zone: 'b' } })).toBe(0);
  expect(count({ region: 'us' })).toBe(0);
  expect(count({ modules: [{ name: 'm', version: '1', engine: null, reason: 'missing' }] })).toBe(0);
});

test('§4 rank: priority buys waiting time, and no job waits longer than its bound', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat(),
      fc.integer({ min: -100, max: 100 }),
      fc.integer({ min: -100, max: 100 }),
      (a, b, p, q) => {
        const ahead = rankOf(a, p) < rankOf(b, q);
        expect(ahead).toBe(b - a > (q - p) * AGEING_MS);
      },
    ),
    { seed: 7 },
  );
  expect(rankOf(0, 50)).toBeLessThan(rankOf(0, 0));
});

test('C3: the default figures of the lease hold, and each wrong one is named', () => {
  expect(checkLease(DEFAULT_LEASE)).toBe(DEFAULT_LEASE);
  const wrong = { beat_ms: 16_000, kill_after_ms: 29_999, lost_after_ms: 45_000 };
  for (const [field, value] of Object.entries(wrong)) {
    expect(() => checkLease({ ...DEFAULT_LEASE, [field]: value })).toThrow(`lease.${field} ${value}`);
  }
});

const jobOf = (requirements: Requirements, module = 'm') =>
  newJob({
    id: 'job_1' as JobId,
    tenant: 'default',
    principal: 'p',
    module,
    name: null,
    input: {},
    files: [],
    retry: { user: 0, infra: 0, oom: 0, timeout: 0, backoff_ms: 0, max_backoff_ms: 0 },
    timeout_ms: 1,
    run_at: null,
    deadline_at: null,
    group_id: null,
    retry_of: null,
    depends_on: [],
    on_parent_failure: 'cancel',
    unique_key: null,
    concurrency: null,
    strict: false,
    created_at: 0,
    priority: 0,
    labels: {},
    requirements,
  });

test('§5 explain: no worker at all', () => {
  expect(explain(jobOf(needsOf()), [], { position: 1 })).toMatchObject({
    summary: 'No worker is connected.',
    workers: 0,
    nearest: null,
  });
});

test('§5 explain: what no worker has is counted, with the nearest one and the command that mends it', () => {
  const job = jobOf(needsOf({ capabilities: ['gis'], cpu: 100 }));
  const answer = explain(job, [workerOf(1), workerOf(2, {}, { capabilities: ['gis'] })], { position: 1 });
  expect(answer).toMatchObject({
    workers: 2,
    feasible_ever: 0,
    feasible_now: 0,
    nearest: { worker_id: 'wrk_2' },
  });
  expect(answer.checks.map((check) => [check.requirement, check.failing])).toEqual([
    ['capability', 1],
    ['cpu', 2],
  ]);
  expect(answer.fix).toContain('--cpu');
});

test('§5 explain: what is said of workers is right of one and of several', () => {
  const job = jobOf(needsOf({ memory_bytes: 900 * 2 ** 30 }));
  const [check] = explain(job, [workerOf(1)], { position: 1 }).checks;
  expect(check).toMatchObject({
    needed: '900 GiB',
    message: '1 of 1 worker has less than 900 GiB of memory',
  });
  expect(explain(job, [workerOf(1), workerOf(2)], { position: 1 })).toMatchObject({
    summary: 'No worker can run it: 2 of 2 workers have less than 900 GiB of memory.',
    nearest: { missing: ['has less than 900 GiB of memory'] },
  });
  const told = (needs: Partial<Requirements>, module = 'm'): string[] =>
    explain(jobOf(needsOf(needs), module), [workerOf(1)], { position: 1 }).nearest?.missing ?? [];
  expect(told({ cpu: 100 })).toEqual(['has fewer than 100 cores']);
  expect(told({ gpu: 'required' })).toEqual(['does not have 1 GPU']);
  expect(told({ gpu: 'required', gpu_count: 2, vram_bytes: 1.5 * 2 ** 30 })).toEqual([
    'does not have 2 GPUs with 1.5 GiB of VRAM',
  ]);
  expect(told({ capabilities: ['gis'] })).toEqual(['does not offer the capability gis']);
  expect(told({}, 'other')).toEqual(['cannot run the module other']);
  const full = { 'job_9#1': { slots: 2, cpu: 1, memory_bytes: 1, gpus: [], vram_bytes: 0 } };
  expect(
    explain(jobOf(needsOf()), [workerOf(1, { holds: new Map(Object.entries(full)) })], { position: 3 })
      .summary,
  ).toBe('1 of 1 worker can run it and is busy; it is number 3 of its class.');
});

test('§5 explain: busy workers count as able, free ones as able now', () => {
  const full = { 'job_9#1': { slots: 2, cpu: 1, memory_bytes: 1, gpus: [], vram_bytes: 0 } };
  const busy = workerOf(1, { holds: new Map(Object.entries(full)) });
  expect(explain(jobOf(needsOf()), [busy], { position: 3 })).toMatchObject({
    feasible_ever: 1,
    feasible_now: 0,
    position: 3,
    fix: null,
  });
  expect(explain(jobOf(needsOf()), [busy, workerOf(2)], { position: 1 })).toMatchObject({
    feasible_ever: 2,
    feasible_now: 1,
  });
  expect(explain(jobOf(needsOf()), [workerOf(1, { draining: true })], { position: 1 })).toMatchObject({
    feasible_ever: 1,
    feasible_now: 0,
  });
  expect(explain(jobOf(needsOf()), [workerOf(1, { state: 'lost' })], { position: 1 })).toMatchObject({
    workers: 0,
  });
});

test('C7, §5 explain: a cordoned worker is named, with why and the command that opens it', () => {
  const cordon = { code: 'cordoned', message: '3 jobs in a row failed on it' };
  const shut = workerOf(1, { draining: true, state: 'draining', cordon });
  expect(explain(jobOf(needsOf()), [shut], { position: 2 })).toMatchObject({
    summary:
      '1 of 1 worker can run it; box-1 is cordoned: 3 jobs in a row failed on it; it is number 2 of its class.',
    fix: 'hive resume box-1',
  });
  const busy = workerOf(2, {
    holds: new Map([['a#1', { slots: 2, cpu: 0, memory_bytes: 0, gpus: [], vram_bytes: 0 }]]),
  });
  expect(explain(jobOf(needsOf()), [shut, busy], { position: 2 })).toMatchObject({
    summary:
      '1 of 2 workers can run it and is busy; box-1 is cordoned: 3 jobs in a row failed on it; it is number 2 of its class.',
    fix: null,
  });
});

test('§5 explain: a job that does not wait says its state', () => {
  const job = { ...jobOf(needsOf()), wake_at: 99 };
  expect(explain(job, [workerOf(1)], { position: null })).toMatchObject({
    position: null,
    checks: [],
    workers: 1,
  });
});

test('§5 explain and placement agree', () => {
  fc.assert(
    fc.property(anyReady, anyWorkers, (ready, workers) => {
      for (const job of ready) {
        const able = explain(jobOf(job.requirements, job.module), workers, { position: 1 }).feasible_ever > 0;
        const idle = workers.map((worker) => ({ ...worker, draining: false }));
        expect(planPlacements([job], idle).length === 1).toBe(able);
      }
    }),
    { seed: 8, numRuns: 200 },
  );
});

test('C10: jobs are sent ahead only where no worker has room, up to its credit, best rank first', () => {
  const one = { slots: 1 };
  const workers = [
    workerOf(1, { prefetch: 1 }, one),
    workerOf(2, { prefetch: 2 }, one),
    workerOf(3, {}, one),
  ];
  const plan = planPlacements(
    [1, 2, 3, 4, 5, 6, 7].map((number) => readyOf(number)),
    workers,
  );
  const told = plan.map(({ job_id, worker_id, reserve }) => `${job_id} ${worker_id} ${reserve.slots}`);
  expect(told).toEqual([
    'job_0001 wrk_1 1',
    'job_0002 wrk_2 1',
    'job_0003 wrk_3 1',
    'job_0004 wrk_2 0',
    'job_0005 wrk_1 0',
    'job_0006 wrk_2 0',
  ]);
});

test('C10: a job with a GPU is never sent ahead, nor one that its worker could not run alone', () => {
  const gpus = hardware({ gpus: [gpuOf(10)] });
  const full = { 'a#1': { slots: 2, cpu: 0, memory_bytes: 0, gpus: [], vram_bytes: 0 } };
  const worker = workerOf(1, { prefetch: 5, holds: new Map(Object.entries(full)) }, gpus);
  const jobs = [
    readyOf(1, { requirements: needsOf({ gpu: 'required' }) }),
    readyOf(2, { requirements: needsOf({ gpu: 'preferred' }) }),
    readyOf(3, { requirements: needsOf({ cpu: 9 }) }),
    readyOf(4),
  ];
  expect(planPlacements(jobs, [worker]).map(({ job_id }) => job_id)).toEqual([jobs[3]?.id]);
});

test('C10: what was sent ahead is counted as started, in its order, once there is room', () => {
  const ahead = (cpu: number) => ({ slots: 0, cpu, memory_bytes: 1, gpus: [], vram_bytes: 0 });
  const running = { ...ahead(3), slots: 1 };
  const worker = workerOf(1, {
    prefetch: 3,
    holds: new Map([
      ['a#1', running],
      ['b#1', ahead(2)],
      ['c#1', ahead(1)],
    ]),
  });
  // 4 cores and 2 slots: the second waiting one fits beside what runs, the first does not.
  expect(bookOf(worker)).toMatchObject({ room: { slots: 0, cpu: 0 }, ahead: 1, credit: 2 });
  expect(
    bookOf({
      ...worker,
      holds: new Map([
        ['b#1', ahead(2)],
        ['c#1', ahead(1)],
      ]),
    }),
  ).toMatchObject({
    room: { slots: 0, cpu: 1 },
    ahead: 0,
    credit: 3,
  });
});
