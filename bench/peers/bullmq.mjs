// One role of BullMQ: `node bullmq.mjs producer|worker REDIS_PORT CONCURRENCY`.
import { Queue, Worker } from 'bullmq';
import { addInBatches, countEnds, now, serve } from './role.mjs';

const [role, port, concurrency] = process.argv.slice(2);
const connection = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null };

if (role === 'producer') {
  const queue = new Queue('bench', { connection });
  await queue.waitUntilReady();
  serve({
    async add(order) {
      await addInBatches(
        (size) => queue.addBulk(Array.from({ length: size }, () => ({ name: 'echo', data: { echo: null } }))),
        order,
      );
      process.send({ added: true });
    },
    one: () => queue.add('echo', { echo: null, submitted: now() }),
  });
} else {
  const ends = countEnds();
  const worker = new Worker(
    'bench',
    async ({ data }) => {
      if (data.submitted !== undefined) process.send({ latency_ms: now() - data.submitted });
      return { echo: data.echo };
    },
    { connection, concurrency: Number(concurrency) },
  );
  worker.on('completed', () => ends.one());
  worker.on('failed', (_, error) => process.send({ error: String(error) }));
  await worker.waitUntilReady();
  serve({ expect: ({ jobs }) => ends.expect(jobs) });
}
