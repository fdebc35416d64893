import { createHash } from 'node:crypto';
import type { JobSubmitInput } from '../src/protocol/job.ts';
import type { SeededRandom } from '../src/simulation/seeded-random.ts';

/** Small enough that many run at once on a small machine. */
const SMALL = { cpu: 0.1, memory_bytes: 32 * 2 ** 20 };
const RETRY = { user: 2, infra: 50, backoff_ms: 100, max_backoff_ms: 1000 };

/** What a job of the mix is, and how often it comes among a thousand. */
const SHARES = [
  ['echo', 930],
  ['sleep', 20],
  ['long-sleep', 8],
  ['failing', 8],
  ['file', 8],
  ['command', 18],
  ['long-command', 5],
  ['failing-command', 3],
] as const;
type Sort = (typeof SHARES)[number][0];

/** The body of one item of a batch. `key` and `item` come back in the labels of the job. */
export function drawJob(random: SeededRandom, key: string, item: number, witness: string): JobSubmitInput {
  const sort = drawSort(random);
  const input = inputOf(sort, random, witness);
  return {
    module: 'command' in input ? 'exec' : 'test',
    input,
    labels: { key, item: String(item), sort },
    retry: RETRY,
    // A point is worth ten minutes: more than a few of them and the rest only runs when the faults are over.
    priority: random.chance(0.05) ? 5 : 0,
  };
}

function drawSort(random: SeededRandom): Sort {
  let point = random.whole(0, SHARES.reduce((sum, [, share]) => sum + share, 0) - 1);
  for (const [sort, share] of SHARES) {
    point -= share;
    if (point < 0) return sort;
  }
  return 'echo';
}

function inputOf(sort: Sort, random: SeededRandom, witness: string): Record<string, unknown> {
  switch (sort) {
    case 'echo':
      return { echo: random.whole(0, 1e9) };
    case 'sleep':
      return { echo: null, sleep_ms: random.whole(20, 1500) };
    case 'long-sleep':
      return { echo: null, sleep_ms: random.whole(2000, 7000) };
    case 'failing':
      return { fail: 'user' };
    case 'file':
      return {
        artifacts: [{ name: 'noise.bin', size: random.whole(1, 50_000) }],
        seed: random.whole(0, 1e9),
      };
    case 'command':
      return command(witness, random.between(0, 0.8), 'echo "$token" > "$HIVE_OUT/token.txt"');
    case 'long-command':
      return command(witness, random.between(2, 8), 'echo "$token" > "$HIVE_OUT/token.txt"');
    case 'failing-command':
      return command(witness, random.between(0, 0.3), 'exit 3');
  }
}

const HEAVY = { jobs: 8, size: 250_000 };

/** A batch too large to find room in what a database has kept for itself of a disk that is full. */
export const heavyBatch = (key: string): JobSubmitInput[] =>
  Array.from({ length: HEAVY.jobs }, (_, item) => ({
    module: 'test',
    input: { echo: 'x'.repeat(HEAVY.size) },
    labels: { key, item: String(item), sort: 'heavy' },
    retry: RETRY,
  }));

/**
 * Each run draws a token, and leaves a line at its begin and at its end in a file that the orchestrator knows nothing
 * of: so it can be told afterwards which run it was whose output is committed.
 */
function command(witness: string, seconds: number, last: string): Record<string, unknown> {
  const line = (mark: string): string => `echo "$HIVE_ATTEMPT ${mark} $token $(date +%s%3N)" >> '${witness}'`;
  const script = [
    'token=$$-$(date +%s%N)',
    line('began'),
    `sleep ${seconds.toFixed(2)}`,
    line('ended'),
    'echo "$token"',
    last,
  ];
  return { command: script.join('\n'), ...SMALL };
}

export const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
