// One role of graphile-worker: `node graphile-worker.mjs producer|worker CONNECTION_STRING CONCURRENCY LOCAL_QUEUE`.
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { addInBatches, countEnds, now, serve } from './role.mjs';

const [role, connectionString, concurrency, localQueue] = process.argv.slice(2);
const logger = new Logger(() => () => {});

if (role === 'producer') {
  const utils = await makeWorkerUtils({ connectionString, logger });
  await utils.migrate();
  serve({
    async add(order) {
      await addInBatches(
        (size) =>
          utils.addJobs(
            Array.from({ length: size }, () => ({ identifier: 'echo', payload: { echo: null } })),
          ),
        order,
      );
      process.send({ added: true });
    },
    one: () => utils.addJob('echo', { echo: null, submitted: now() }),
  });
} else {
  const ends = countEnds();
  const runner = await run({
    noHandleSignals: true,
    preset: {
      worker: {
        connectionString,
        concurrentJobs: Number(concurrency),
        logger,
        localQueue: { size: Number(localQueue) },
      },
    },
    taskList: {
      echo: async (payload) => {
        if (payload.submitted !== undefined) process.send({ latency_ms: now() - payload.submitted });
      },
    },
  });
  runner.events.on('job:complete', ({ error }) => {
    if (error) process.send({ error: String(error) });
    ends.one();
  });
  serve({ expect: ({ jobs }) => ends.expect(jobs) });
}
