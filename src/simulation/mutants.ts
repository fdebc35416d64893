import type { Readable } from 'node:stream';
import { heldAttempt, type JobRecord, type StoredArtifact } from '../core/job.ts';
import { rankOf } from '../core/rank.ts';
import type { AttemptRef } from '../protocol/attempt.ts';
import { type ArtifactId, makeId } from '../protocol/ids.ts';
import { isTerminal } from '../protocol/job-state.ts';
import { MemoryTables } from '../store/memory/memory-tables.ts';
import type { VerbAnswer, VerbArgs } from '../store/verbs.ts';
import type { Mutant } from './mutant.ts';
import { type ApplyVerb, applyVerb } from './store-model.ts';
import type { World } from './world.ts';

type Altered = 'insertJobs' | 'putRecord' | 'settle' | 'commitCheckpoints' | 'renewLeases' | 'expireLeases';
type Around<K extends Altered> = (
  tables: MemoryTables,
  args: VerbArgs<K>,
  now: number,
  world: World,
) => VerbAnswer<K>;

/** One verb done otherwise, the rest as the product does them. */
function instead<K extends Altered>(verb: K, around: Around<K>) {
  return (world: () => World): ApplyVerb =>
    ((tables, name, args, now) =>
      (name as string) === verb
        ? around(tables, args as unknown as VerbArgs<K>, now, world())
        : applyVerb(tables, name, args, now)) as ApplyVerb;
}

/** Tables that alter what is saved of a job. */
const savingAs = (alter: (before: JobRecord | null, after: JobRecord) => JobRecord) => (): MemoryTables =>
  new (class extends MemoryTables {
    override saveJob(job: JobRecord): void {
      super.saveJob(alter(this.job(job.id), job));
    }
  })(Number.POSITIVE_INFINITY);

const current = (tables: MemoryTables, ref: AttemptRef): AttemptRef => {
  const job = tables.job(ref.job_id);
  const held = job === null ? null : heldAttempt(job);
  return held === null ? ref : { job_id: ref.job_id, epoch: held.epoch, nonce: held.nonce };
};

const noFenceInSettle: Mutant = {
  name: 'no fence in settle',
  apply: instead('settle', (tables, [items], now) => {
    const unfenced = items.map((item) => ({ ...item, attempt: current(tables, item.attempt) }));
    return applyVerb(tables, 'settle', [unfenced], now);
  }),
};

const noFenceInLogs: Mutant = {
  name: 'no fence in logs',
  wrapFace: (face, { blobs }) => ({
    ...face,
    appendLog: async ({ job_id, epoch, nonce }, offset, chunk) => {
      const { length } = await blobs.append(`logs/${job_id}/${epoch}/${nonce}`, offset, chunk);
      return { length };
    },
  }),
};

const stagingKey = ({ job_id, epoch, nonce }: AttemptRef, name: string): string =>
  `staging/${job_id}/${epoch}-${nonce}/${name}`;

const noFenceInArtifacts: Mutant = {
  name: 'no fence in artifacts',
  wrapFace: (face, { blobs }) => ({
    ...face,
    stageArtifact: (attempt: AttemptRef, name: string, body: Readable) =>
      blobs.stage(stagingKey(attempt, name), body),
  }),
};

const noFenceInCheckpoints: Mutant = {
  name: 'no fence in checkpoint manifests',
  apply: instead('commitCheckpoints', (tables, [items], now) => {
    const unfenced = items.map((item) => ({ ...item, attempt: current(tables, item.attempt) }));
    return applyVerb(tables, 'commitCheckpoints', [unfenced], now);
  }),
};

const leaseByWorkerClock: Mutant = {
  name: 'lease by the worker’s clock',
  apply: instead('renewLeases', (tables, [items, lease_ms], now, world) =>
    items.flatMap((item) =>
      applyVerb(tables, 'renewLeases', [[item], lease_ms + world.wallSkewOf(item.worker_id)], now),
    ),
  ),
};

const requeueTooSoon: Mutant = {
  name: 're-queue before the worker’s kill',
  apply: instead('expireLeases', (tables, [query], now) => {
    const sparing = query.lost_after_ms === Number.MAX_SAFE_INTEGER;
    return applyVerb(
      tables,
      'expireLeases',
      [sparing ? query : { ...query, lost_after_ms: query.lease_ms }],
      now,
    );
  }),
};

const ackBeforeCommit: Mutant = { name: 'group acknowledged before commit', syncs: () => false };

/** The session that took over starts with no marks: only those set since then ride its beats. */
const markDroppedAtTakeOver: Mutant = {
  name: 'cancel mark dropped at take-over',
  apply: instead('renewLeases', (tables, [items, lease_ms], now) => {
    const answers = applyVerb(tables, 'renewLeases', [items, lease_ms], now);
    return answers.map((answer, index) => {
      const item = items[index];
      if (answer.kind !== 'renewed' || item === undefined) return answer;
      const verdicts = answer.verdicts.map((verdict, at) => {
        const job = tables.job(item.attempts[at]?.job_id ?? ('' as never));
        const placedIn = job === null ? null : heldAttempt(job)?.session;
        return verdict === 'cancel' && placedIn !== item.session ? 'continue' : verdict;
      });
      return { kind: 'renewed', verdicts };
    });
  }),
};

const epochNotRaised: Mutant = {
  name: 'epoch not raised',
  makeTables: savingAs((before, after) => {
    const { status } = after;
    if (before?.status.state !== 'queued' || status.state !== 'starting' || before.epoch === 0) return after;
    const attempt = { ...status.attempt, epoch: before.epoch };
    return { ...after, epoch: before.epoch, status: { ...status, attempt } };
  }),
};

const rankResetOnLost: Mutant = {
  name: 'rank reset on lost',
  makeTables: savingAs((_before, after) => {
    const lost = after.status.state === 'queued' && after.status.reason.code === 'retry_infra';
    if (!lost) return after;
    return {
      ...after,
      eligible_at: after.queued_at,
      rank: rankOf(after.queued_at, after.priority, after.strict),
    };
  }),
};

const visibleTooSoon: Mutant = {
  name: 'blob visible before manifest',
  wrapFace: (face, world) => ({
    ...face,
    stageArtifact: async (attempt: AttemptRef, name: string, body: Readable) => {
      const facts = await face.stageArtifact(attempt, name, body);
      await world.blobs.promote(stagingKey(attempt, name), facts.sha256);
      const { tables } = world.store;
      const job = tables.job(attempt.job_id);
      const id = makeId('art', world.time.now(), world.random.bytes(10)) as ArtifactId;
      const shown: StoredArtifact = { ...facts, name, id, content_type: 'text/plain' };
      if (job !== null && !isTerminal(job.status.state))
        tables.saveJob({ ...job, artifacts: [...job.artifacts, shown] });
      return facts;
    },
  }),
};

const secondOutcome: Mutant = {
  name: 'second outcome with another hash accepted',
  apply: instead('settle', (tables, [items], now) =>
    applyVerb(tables, 'settle', [items], now).map((answer, index) => {
      const item = items[index];
      const job = item === undefined ? null : tables.job(item.attempt.job_id);
      if (answer.kind !== 'conflict' || job === null || job.settled === null || item === undefined)
        return answer;
      const changed = { ...job, settled: { ...job.settled, hash: item.hash } };
      tables.saveJob(changed);
      return { kind: 'committed', job: changed };
    }),
  ),
};

const roleWithoutToken: Mutant = {
  name: 'role without token',
  apply: instead('putRecord', (tables, [kind, id, value, expected], now) =>
    applyVerb(tables, 'putRecord', [kind, id, value, expected, undefined], now),
  ),
};

const childrenForgotten: Mutant = {
  name: 'children of an ended job forgotten',
  makeTables: () =>
    new (class extends MemoryTables {
      override childrenOf(): readonly [] {
        return [];
      }
    })(Number.POSITIVE_INFINITY),
};

const groupInPart: Mutant = {
  name: 'a group stored in part',
  apply: instead('insertJobs', (tables, [items, options], now) => {
    const part = options?.whole === true && items.length > 2 ? items.slice(1) : items;
    const answers = applyVerb(tables, 'insertJobs', [part, options], now);
    return [...answers.slice(0, items.length - part.length), ...answers];
  }),
};

/** Each stands for a clause that would be broken without anybody noticing. */
export const MUTANTS: readonly Mutant[] = [
  noFenceInSettle,
  noFenceInLogs,
  noFenceInArtifacts,
  noFenceInCheckpoints,
  leaseByWorkerClock,
  requeueTooSoon,
  ackBeforeCommit,
  markDroppedAtTakeOver,
  epochNotRaised,
  rankResetOnLost,
  visibleTooSoon,
  secondOutcome,
  roleWithoutToken,
  childrenForgotten,
  groupInPart,
];
