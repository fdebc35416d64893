import { groupBy } from '../group.ts';
import type { Ledger } from '../ledger.ts';
import type { Rule } from '../rule.ts';

export const nothingLost: Rule = {
  name: 'nothing-lost',
  promise: 'every acknowledged job is there at the end, and was there whenever somebody asked (C12)',
  check(ledger, fail) {
    for (const [id, { key }] of ledger.acknowledged) {
      if (!ledger.jobs.has(id)) fail(id, `was acknowledged for key ${key} and is gone`);
    }
    for (const refusal of ledger.of('refused')) {
      const promised = ledger.acknowledged.get(refusal.of);
      if (refusal.status === 404 && promised !== undefined && promised.at <= refusal.at)
        fail(refusal.of, `was acknowledged and then not found by ${refusal.op}`);
    }
  },
};

export const oneJobPerKey: Rule = {
  name: 'one-job-per-key',
  promise: 'an idempotency key stands for one body and the same jobs, however often it is sent (C6)',
  check(ledger, fail) {
    for (const [key, answers] of groupBy(ledger.of('acknowledged'), (answer) => answer.key)) {
      const [first] = answers;
      for (const answer of answers) {
        if (answer.body !== first?.body) fail(key, 'was acknowledged for two bodies');
        else if (answer.ids.join() !== first.ids.join()) fail(key, 'was answered with two sets of jobs');
      }
    }
    const jobs = [...ledger.jobs.values()];
    for (const [slot, made] of groupBy(jobs, (job) => `${job.key}#${job.item}`))
      if (made.length > 1) fail(slot, `made ${made.length} jobs: ${made.map((job) => job.id).join(', ')}`);
  },
};

export const refusalsExplained: Rule = {
  name: 'refusals-explained',
  promise:
    'a call is refused only for a reason that a fault explains: store_unavailable on a full disk (C12)',
  check(ledger, fail) {
    for (const refusal of ledger.of('refused')) {
      if (isExplained(ledger, refusal)) continue;
      const { op, of, status, code } = refusal;
      fail(of, `${op} was refused with ${status} ${code} at ${new Date(refusal.at).toISOString()}`);
    }
  },
};

function isExplained(ledger: Ledger, { op, code, at }: { op: string; code: string; at: number }): boolean {
  if (code === 'idempotency_conflict') return op === 'conflict';
  return code === 'store_unavailable' && ledger.wasFull(at);
}

export const nothingDied: Rule = {
  name: 'nothing-died',
  promise: 'no process ends unless it is killed, and all start; on a full disk a start may be refused',
  check(ledger, fail) {
    for (const { fault, target, detail, at } of ledger.of('fault'))
      if (fault === 'died') fail(target, `ended by itself: ${detail}`);
      else if (fault === 'not-started' && !ledger.wasFull(at)) fail(target, `did not start: ${detail}`);
  },
};
