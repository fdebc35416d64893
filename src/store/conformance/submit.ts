import { expect, test } from 'vitest';
import { type OpenStore, SHAPE, Stage } from './fixture.ts';

const HOUR = 3_600_000;

export function submitClauses(open: OpenStore): void {
  test('C12: an inserted job is read back as it was given', async () => {
    const stage = await Stage.open(open);
    const job = await stage.submit({ labels: { team: 'geo' }, priority: 7, run_at: null });
    expect(await stage.get(job.id)).toEqual(job);
    expect(await stage.jobs.getJob({ job: stage.make().id })).toBeNull();
    await stage.store.close();
  });

  test('C6: the same key and body within 24 h answers the same job', async () => {
    const stage = await Stage.open(open);
    const first = stage.make();
    const idempotency = { key: 'default/k', hash: 'h1' };
    await stage.jobs.insertJobs([{ job: first, idempotency }]);
    stage.clock.pass(24 * HOUR - 1);
    const [again] = await stage.jobs.insertJobs([{ job: stage.make(), idempotency }]);
    expect(again).toEqual({ kind: 'replayed', job: first });
    expect((await stage.jobs.countJobs()).by_state.queued).toBe(1);
    await stage.store.close();
  });

  test('C6: the same key with another body conflicts; twice in one batch is one job', async () => {
    const stage = await Stage.open(open);
    const [a, b, c] = [stage.make(), stage.make(), stage.make()];
    const results = await stage.jobs.insertJobs([
      { job: a, idempotency: { key: 'k', hash: 'h1' } },
      { job: b, idempotency: { key: 'k', hash: 'h1' } },
      { job: c, idempotency: { key: 'k', hash: 'h2' } },
    ]);
    expect(results).toEqual([
      { kind: 'created', job: a },
      { kind: 'replayed', job: a },
      { kind: 'conflict' },
    ]);
    await stage.store.close();
  });

  test('C6: after 24 h the key is free again', async () => {
    const stage = await Stage.open(open);
    await stage.jobs.insertJobs([{ job: stage.make(), idempotency: { key: 'k', hash: 'h1' } }]);
    stage.clock.pass(24 * HOUR);
    const next = stage.make();
    const [result] = await stage.jobs.insertJobs([{ job: next, idempotency: { key: 'k', hash: 'h2' } }]);
    expect(result).toEqual({ kind: 'created', job: next });
    await stage.store.close();
  });

  test('C10: a full queue refuses what is above its bound, item by item', async () => {
    const stage = await Stage.open(open, 2);
    const jobs = [stage.make(), stage.make(), stage.make()];
    const results = await stage.jobs.insertJobs(jobs.map((job) => ({ job })));
    expect(results.map((result) => result.kind)).toEqual(['created', 'created', 'queue_full']);
    expect(results[2]).toEqual({ kind: 'queue_full', queued: 2 });
    await stage.jobs.requestCancel([jobs[0]?.id ?? stage.make().id], 'make room');
    const [later] = await stage.jobs.insertJobs([{ job: stage.make() }]);
    expect(later?.kind).toBe('created');
    await stage.store.close();
  });

  test('§4 rank: heads come best ranked first, with no scheduled job among them', async () => {
    const stage = await Stage.open(open);
    const plain = await stage.submit();
    const urgent = await stage.submit({ priority: 50 });
    const low = await stage.submit({ priority: -50 });
    await stage.submit({ run_at: stage.clock.now() + 1000 });
    expect((await stage.ready()).map((job) => job.id)).toEqual([urgent.id, plain.id, low.id]);
    expect((await stage.ready(2)).map((job) => job.id)).toEqual([urgent.id, plain.id]);
    await stage.store.close();
  });

  test('§4 classes: only classes that some shape admits are read, the best ranked first', async () => {
    const stage = await Stage.open(open);
    await stage.submit({ module: 'other', priority: 100 });
    const echo = await stage.submit();
    const big = await stage.submit({ requirements: { ...echo.requirements, cpu: 4 }, priority: 10 });
    expect((await stage.ready()).map((job) => job.id)).toEqual([big.id, echo.id]);
    expect((await stage.ready(8, 1)).map((job) => job.id)).toEqual([big.id]);
    const both = { ...SHAPE, capabilities: new Set(['module:echo', 'module:other']) };
    const all = await stage.jobs.readReady({ shapes: [SHAPE, both], classes: 32, per_class: 8 });
    expect(all).toHaveLength(3);
    const none = await stage.jobs.readReady({ shapes: [], classes: 32, per_class: 8 });
    expect(none).toEqual([]);
    await stage.store.close();
  });

  test('§4 rank: a patched priority moves the job; labels change with it', async () => {
    const stage = await Stage.open(open);
    const first = await stage.submit();
    const second = await stage.submit({ labels: { a: '1' } });
    const [patched] = await stage.jobs.patchJobs([
      { id: second.id, patch: { priority: 20, labels: { b: '2' } } },
    ]);
    expect(patched).toMatchObject({ id: second.id, priority: 20, labels: { b: '2' } });
    expect((await stage.ready()).map((job) => job.id)).toEqual([second.id, first.id]);
    expect(await stage.jobs.listJobs({ labels: { a: '1' }, limit: 9 })).toEqual([]);
    expect(await stage.jobs.listJobs({ labels: { b: '2' }, limit: 9 })).toHaveLength(1);
    await stage.jobs.requestCancel([first.id], 'stop');
    const unknown = stage.make().id;
    const refused = await stage.jobs.patchJobs([
      { id: first.id, patch: { priority: 1 } },
      { id: unknown, patch: { priority: 1 } },
    ]);
    expect(refused).toEqual(['already_ended', 'not_found']);
    await stage.store.close();
  });

  test('§5 explain: the position counts the ready jobs of the class that rank better', async () => {
    const stage = await Stage.open(open);
    const a = await stage.submit();
    const b = await stage.submit();
    await stage.submit({ module: 'other', priority: 99 });
    const urgent = await stage.submit({ priority: 1 });
    const later = await stage.submit({ run_at: stage.clock.now() + 5 });
    stage.clock.pass(2500);
    const last = await stage.submit();
    const positions = await Promise.all(
      [a, b, urgent, later, last].map(async ({ id }) => (await stage.jobs.getJob({ job: id }))?.position),
    );
    expect(positions).toEqual([2, 3, 1, null, 4]);
    await stage.jobs.requestCancel([a.id], 'stop');
    expect((await stage.jobs.getJob({ job: last.id }))?.position).toBe(3);
    await stage.store.close();
  });
}
