import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { concludeRows, type Row } from '../bench/report.ts';
import { BREAKS } from './broken.ts';
import { checkHistory, type Verdict } from './checker.ts';
import { readHistory } from './history.ts';
import { rowsOfBreaks, rowsOfRun, rowsOfVerdict } from './report.ts';
import { runChaos } from './run.ts';

const USAGE = `npm run chaos -- [--minutes M] [--seed N] [--jobs N] [--history FILE] [--json FILE]
                              a run of M minutes (3), its faults drawn from the seed; N jobs instead of 7 300 a minute
npm run chaos -- --check FILE  judges a recorded history again
npm run chaos -- --broken      only shows that hand-broken histories are rejected`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '3' },
      seed: { type: 'string' },
      jobs: { type: 'string' },
      history: { type: 'string' },
      json: { type: 'string' },
      check: { type: 'string' },
      broken: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const breaks = rowsOfBreaks(BREAKS, readHistory(resolve(import.meta.dirname, 'history.fixture.jsonl')));
  if (values.broken) return concludeRows(breaks, values.json);
  if (values.check !== undefined) return judge(checkHistory(readHistory(values.check)), [], [], values.json);
  const minutes = Number(values.minutes);
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
  if (!(minutes > 0) || !Number.isInteger(seed)) {
    say(USAGE);
    return 2;
  }
  const run = await runChaos({
    minutes,
    seed,
    jobs: values.jobs === undefined ? undefined : Number(values.jobs),
    history: values.history,
  });
  const verdict = checkHistory(readHistory(run.history));
  say(run.summary);
  const code = judge(verdict, rowsOfRun(run, verdict), breaks, values.json);
  if (code !== 0 || values.history !== undefined) say(`history: ${run.history}`);
  if (code === 0) run.discard();
  return code;
}

const SHOWN = 40;

function judge(
  verdict: Verdict,
  before: readonly Row[],
  after: readonly Row[],
  json: string | undefined,
): number {
  for (const { rule, of, detail } of verdict.violations.slice(0, SHOWN)) say(`✖ ${rule}: ${of}: ${detail}`);
  const more = verdict.violations.length - SHOWN;
  if (more > 0) say(`✖ and ${more} more`);
  return concludeRows([...before, ...rowsOfVerdict(verdict), ...after], json);
}

// What it started goes with it: see Member.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main();
