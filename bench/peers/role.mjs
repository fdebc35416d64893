// What a peer's process is told and answers over IPC; the same for every peer.

/** Adds `jobs` in batches, several at once, as the bench does to Hive. */
export async function addInBatches(add, { jobs, batch, atOnce }) {
  let next = 0;
  const lane = async () => {
    while (next < jobs) {
      const size = Math.min(batch, jobs - next);
      next += size;
      await add(size);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** Counts what ended, and says so when all expected have. */
export function countEnds() {
  let left = 0;
  return {
    expect(jobs) {
      left = jobs;
      process.send({ expecting: jobs });
    },
    one() {
      left -= 1;
      if (left === 0) process.send({ ended: true });
    },
  };
}

/** Unix milliseconds with fractions. */
export const now = () => performance.timeOrigin + performance.now();

export function serve(commands) {
  process.on('message', async ({ command, ...rest }) => {
    try {
      await commands[command](rest);
    } catch (error) {
      process.send({ error: String(error?.stack ?? error) });
    }
  });
  process.on('disconnect', () => process.exit(0));
  process.send({ ready: true });
}
