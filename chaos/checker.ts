import { isTerminal } from '../src/protocol/job-state.ts';
import type { Entry } from './history.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { Rule, Violation } from './rule.ts';
import { epochsRise, filesWhole, oneCommit, statesFollow } from './rules/attempts.ts';
import { cancelHolds, noneStuck, oneEnd, stillThere } from './rules/ends.ts';
import { eventsKept, noHole } from './rules/events.ts';
import { nothingDied, nothingLost, oneJobPerKey, refusalsExplained } from './rules/submits.ts';

export const RULES: readonly Rule[] = [
  nothingLost,
  oneJobPerKey,
  oneEnd,
  noneStuck,
  cancelHolds,
  stillThere,
  epochsRise,
  statesFollow,
  oneCommit,
  filesWhole,
  noHole,
  eventsKept,
  refusalsExplained,
  nothingDied,
];

export interface Verdict {
  readonly violations: readonly Violation[];
  /** Jobs that some client was told of. */
  readonly submitted: number;
  /** Of these, how many ended by exactly one event. */
  readonly committed_once: number;
  readonly lost: number;
  /** Jobs with a second end, a second commit, or made twice for one key. */
  readonly doubled: number;
  readonly stuck: number;
}

/** Judges a history by nothing but what is written in it. */
export function checkHistory(entries: readonly Entry[]): Verdict {
  const ledger = openLedger(entries);
  const violations: Violation[] = [];
  for (const { name, check } of RULES)
    check(ledger, (of, detail) => violations.push({ rule: name, of, detail }));
  const broken = (...rules: Rule[]): number =>
    new Set(violations.filter(({ rule }) => rules.some(({ name }) => name === rule)).map(({ of }) => of))
      .size;
  return {
    violations,
    submitted: ledger.acknowledged.size,
    committed_once: [...ledger.acknowledged.keys()].filter((id) => endedOnce(ledger, id)).length,
    lost: broken(nothingLost),
    doubled: broken(oneJobPerKey, oneEnd, oneCommit),
    stuck: broken(noneStuck),
  };
}

function endedOnce(ledger: Ledger, id: string): boolean {
  const job = ledger.jobs.get(id);
  const ends = (ledger.events.get(id) ?? []).filter(({ state }) => isTerminal(state as 'queued'));
  return job !== undefined && isTerminal(job.state) && ends.length === 1;
}
