import type { Row } from '../bench/report.ts';
import type { Break } from './broken.ts';
import { checkHistory, RULES, type Verdict } from './checker.ts';
import type { Entry } from './history.ts';
import type { ChaosRun } from './run.ts';
import { quotaOf } from './schedule.ts';

const row = (id: string, what: string, measured: number, target: string, unit = ''): Row => ({
  id,
  what,
  measured,
  unit,
  target,
  samples: [measured],
});

/** What the run contained, beside what it must contain to prove anything. */
export function rowsOfRun(run: ChaosRun, verdict: Verdict): Row[] {
  const quota = quotaOf(run.minutes);
  const { done } = run;
  const full = row(
    'full-disks',
    'times the data disk was full and a submit refused for it',
    done.fill,
    `>= ${quota.fill}`,
  );
  return [
    row('submitted', 'jobs submitted and acknowledged', verdict.submitted, `>= ${quota.jobs}`),
    row('kills', 'kill -9 of orchestrator and workers', done.kill, `>= ${quota.kill}`),
    row('pauses', 'SIGSTOP … SIGCONT of orchestrator and workers', done.pause, `>= ${quota.pause}`),
    row('half-open', 'half-open cuts of live connections', done.cut, `>= ${quota.cut}`),
    run.no_disk === '' ? full : { ...full, measured: null, samples: [], skipped: run.no_disk },
  ];
}

/** What the checker found, and each rule that it judged by. */
export function rowsOfVerdict(verdict: Verdict): Row[] {
  const broken = (name: string): number => verdict.violations.filter(({ rule }) => rule === name).length;
  return [
    row(
      'committed-once',
      'of the submitted jobs, committed exactly once',
      verdict.committed_once,
      `== ${verdict.submitted}`,
    ),
    row('lost', 'acknowledged jobs that are gone', verdict.lost, '== 0'),
    row('doubled', 'jobs made, ended or committed twice', verdict.doubled, '== 0'),
    row('stuck', 'jobs with no end after the faults were over', verdict.stuck, '== 0'),
    ...RULES.map(({ name, promise }) => row(name, promise, broken(name), '== 0', 'violations')),
  ];
}

/** The checker must accept the good history, and reject each broken one by the rule that it breaks. */
export function rowsOfBreaks(breaks: readonly Break[], good: readonly Entry[]): Row[] {
  const accepted = checkHistory(good).violations.length;
  return [
    row('good-history', 'violations found in a recorded good history', accepted, '== 0'),
    ...breaks.map(({ name, rule, apply }, at) => {
      const found = checkHistory(apply(good)).violations.filter((violation) => violation.rule === rule);
      return row(`broken-${at + 1}`, `${rule} rejects a history in which ${name}`, found.length, '>= 1');
    }),
  ];
}
