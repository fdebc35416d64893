import { expect, test } from 'vitest';
import { type OpenStore, Stage } from './fixture.ts';

export function historyClauses(open: OpenStore): void {
  test('§4 history: every change of state is one event, in order, with its reason and attempt', async () => {
    const stage = await Stage.open(open);
    const worker = await stage.hello();
    const job = await stage.submit();
    await stage.settle(await stage.run(job, worker));
    const { events, first_seq, last_seq } = await stage.jobs.readEvents({ after: 0, limit: 100 });
    expect(events.map((event) => event.type)).toEqual([
      'worker.online',
      'job.queued',
      'job.starting',
      'job.running',
      'job.succeeded',
    ]);
    expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5]);
    expect([first_seq, last_seq]).toEqual([1, 5]);
    expect(events[4]).toEqual({
      seq: 5,
      at: new Date(stage.clock.now()).toISOString(),
      type: 'job.succeeded',
      job_id: job.id,
      worker_id: worker.id,
      state: 'succeeded',
      reason: { code: 'succeeded', message: 'done by builtin' },
      attempt: 1,
    });
    expect(events[1]).not.toHaveProperty('attempt');
    await stage.store.close();
  });

  test('§4 history: a cursor pages through, from the middle of a commit too', async () => {
    const stage = await Stage.open(open);
    await stage.jobs.insertJobs(Array.from({ length: 10 }, () => ({ job: stage.make() })));
    await stage.submit();
    const read = async (after: number, limit: number) =>
      (await stage.jobs.readEvents({ after, limit })).events.map((event) => event.seq);
    expect(await read(0, 4)).toEqual([1, 2, 3, 4]);
    expect(await read(4, 4)).toEqual([5, 6, 7, 8]);
    expect(await read(8, 4)).toEqual([9, 10, 11]);
    expect(await read(11, 4)).toEqual([]);
    expect(await stage.jobs.readEvents({ after: 99, limit: 4 })).toMatchObject({ events: [], last_seq: 11 });
    await stage.store.close();
  });

  test('C10: a pruned history says where it begins, and its numbers never start again', async () => {
    const stage = await Stage.open(open);
    for (let index = 0; index < 4; index += 1) await stage.submit();
    stage.clock.pass(1000);
    await stage.submit();
    const query = { jobs_before: 0, events_before: stage.clock.now(), max_events: 1000, limit: 3 };
    expect(await stage.jobs.prune(query)).toMatchObject({ events: 3 });
    expect(await stage.jobs.readEvents({ after: 0, limit: 10 })).toMatchObject({ first_seq: 4, last_seq: 5 });
    expect(await stage.jobs.prune({ ...query, max_events: 0 })).toMatchObject({ events: 2 });
    expect(await stage.jobs.readEvents({ after: 0, limit: 10 })).toEqual({
      events: [],
      first_seq: 6,
      last_seq: 5,
    });
    await stage.submit();
    expect(await stage.jobs.readEvents({ after: 0, limit: 10 })).toMatchObject({ first_seq: 6, last_seq: 6 });
    await stage.store.close();
  });

  test('§4: commits wake listeners with the last number, until they leave', async () => {
    const stage = await Stage.open(open);
    const heard: number[] = [];
    const leave = stage.jobs.onCommit((seq) => heard.push(seq));
    await stage.submit();
    await stage.ready();
    await stage.submit();
    leave();
    await stage.submit();
    expect(heard).toEqual([1, 2]);
    expect(await stage.jobs.readClock()).toBe(stage.clock.now());
    await stage.store.close();
  });
}
