import { expect, test } from 'vitest';
import type { JobPageQuery } from '../job-store.ts';
import { type OpenStore, Stage } from './fixture.ts';

export function listClauses(open: OpenStore): void {
  test('§9: lists are newest first and page by id', async () => {
    const stage = await Stage.open(open);
    const ids: string[] = [];
    for (let index = 0; index < 7; index += 1) ids.unshift((await stage.submit()).id);
    const seen: string[] = [];
    let query: JobPageQuery = { limit: 3 };
    for (
      let page = await stage.jobs.listJobs(query);
      page.length > 0;
      page = await stage.jobs.listJobs(query)
    ) {
      seen.push(...page.map((job) => job.id));
      query = { ...query, after: page.at(-1)?.id };
    }
    expect(seen).toEqual(ids);
    await stage.store.close();
  });

  test('§9: every filter holds alone and together', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const plain = await stage.submit();
    const labelled = await stage.submit({ labels: { team: 'geo', tier: '1' } });
    const other = await stage.submit({ module: 'other', labels: { team: 'geo' } });
    const foreign = await stage.submit({ tenant: 'acme' });
    await stage.settle(await stage.run(plain, worker));
    await stage.run(labelled, worker);
    await stage.jobs.requestCancel([other.id], 'x');
    const list = async (query: Partial<JobPageQuery>) =>
      (await stage.jobs.listJobs({ limit: 10, ...query })).map((job) => job.id);
    expect(await list({ state: ['succeeded'] })).toEqual([plain.id]);
    expect(await list({ state: ['queued', 'running', 'canceled'] })).toEqual([
      foreign.id,
      other.id,
      labelled.id,
    ]);
    expect(await list({ module: 'echo' })).toEqual([foreign.id, labelled.id, plain.id]);
    expect(await list({ module: 'echo', state: ['running', 'succeeded'] })).toEqual([labelled.id, plain.id]);
    expect(await list({ worker_id: worker.id })).toEqual([labelled.id, plain.id]);
    expect(await list({ labels: { team: 'geo' } })).toEqual([other.id, labelled.id]);
    expect(await list({ labels: { team: 'geo', tier: '1' } })).toEqual([labelled.id]);
    expect(await list({ tenant: 'acme' })).toEqual([foreign.id]);
    expect(await list({ tenant: 'acme', state: ['running'] })).toEqual([]);
    expect(await list({ labels: { team: 'geo' }, after: other.id, limit: 1 })).toEqual([labelled.id]);
    await stage.store.close();
  });

  test('§4: counts follow every change', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const [a, b] = [await stage.submit(), await stage.submit()];
    await stage.submit();
    await stage.settle(await stage.run(a, worker));
    await stage.place(b, worker);
    const { by_state } = await stage.jobs.countJobs();
    expect(by_state).toMatchObject({ queued: 1, starting: 1, running: 0, succeeded: 1, failed: 0 });
    await stage.store.close();
  });

  test('C12: a read sees every write that was acknowledged before it', async () => {
    const stage = await Stage.open(open);
    for (let index = 0; index < 30; index += 1) {
      const job = await stage.submit();
      expect((await stage.jobs.getJob({ job: job.id }))?.job.id).toBe(job.id);
    }
    await stage.store.close();
  });

  test('§4: prune takes old ended jobs with their artifacts, and nothing else', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const [old, young, waits] = [
      await stage.submit({ labels: { a: 'b' } }),
      await stage.submit(),
      await stage.submit(),
    ];
    await stage.settle(await stage.run(old, worker));
    stage.clock.pass(1000);
    await stage.settle(await stage.run(young, worker));
    const query = { jobs_before: stage.clock.now(), events_before: 0, max_events: 1000, limit: 10 };
    expect(await stage.jobs.prune(query)).toEqual({ jobs: 1, events: 0 });
    expect((await stage.jobs.listJobs({ limit: 10 })).map((job) => job.id)).toEqual([waits.id, young.id]);
    expect(await stage.jobs.listJobs({ labels: { a: 'b' }, limit: 10 })).toEqual([]);
    expect((await stage.jobs.countJobs()).by_state).toMatchObject({ succeeded: 1, queued: 1 });
    await stage.store.close();
  });
}
