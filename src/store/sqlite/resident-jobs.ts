import { heldAttempt, type JobRecord } from '../../core/job.ts';
import type { Quota } from '../../core/limits.ts';
import type { Reserve } from '../../core/resources.ts';
import { holdKey, type WorkerRecord } from '../../core/worker.ts';
import type { JobId, WorkerId } from '../../protocol/ids.ts';
import { isTerminal } from '../../protocol/job-state.ts';
import { EventTape } from './event-tape.ts';
import type { Need } from './fault.ts';
import type { FileReads, JobText } from './file-reads.ts';
import { decodeDoc, decodeFirst } from './job-codec.ts';
import { type JobSlot, type SentRow, slotOf } from './job-rows.ts';
import { KEY_WIDTH, type Snapshot } from './snapshot.ts';
import { SqliteTables } from './sqlite-tables.ts';
import { stateNumber, stateOf } from './status-codec.ts';
import { WordTable } from './word-table.ts';

export type AskFile = <K extends keyof FileReads>(
  read: K,
  ...args: Parameters<FileReads[K]>
) => Promise<ReturnType<FileReads[K]>>;

export function decodeText([, id, spec, doc]: JobText, words: WordTable): JobRecord {
  return decodeDoc(decodeFirst(id, spec, words), doc);
}

/** Waiting jobs kept within reach; later ones are fetched when their turn comes. */
const KEPT_WAITING = 20_000;
/** Ended jobs kept, for whoever asks for what just ended. */
const KEPT_ENDED = 1000;
const KEYS_AT_ONCE = 50_000;
const KEPT_KEYS = 10_000;

/** Which part of the file is in memory: filled when it is opened, fetched on demand, and let go again. */
export class ResidentJobs {
  readonly tables: SqliteTables;
  readonly words: WordTable;
  readonly #ask: AskFile;
  #ended: JobSlot[] = [];

  private constructor(ask: AskFile, snapshot: Snapshot, maxQueued: number) {
    this.#ask = ask;
    this.words = new WordTable(snapshot.words);
    this.tables = new SqliteTables(maxQueued, new EventTape(snapshot.last_seq, snapshot.first_seq));
  }

  static async open(
    { ask, askWriter }: { readonly ask: AskFile; readonly askWriter: AskFile },
    maxQueued: number,
  ): Promise<ResidentJobs> {
    const snapshot = await askWriter('snapshot');
    const resident = new ResidentJobs(ask, snapshot, maxQueued);
    // Not a change that anybody could take back or that must be written.
    resident.tables.perform(() => resident.#restore(snapshot));
    resident.tables.changedWorkers.clear();
    resident.tables.takeOthers();
    for (let after = 0; ; ) {
      const keys = await askWriter('openKeys', after, KEYS_AT_ONCE);
      resident.#list(keys);
      if (keys.length < KEYS_AT_ONCE * KEY_WIDTH) return resident;
      after = keys[keys.length - KEY_WIDTH] ?? Number.MAX_SAFE_INTEGER;
    }
  }

  #restore(snapshot: Snapshot): void {
    const { tables } = this;
    tables.jobs.continueAfter(snapshot.last_n);
    for (const [state, n] of snapshot.counts) tables.jobs.indexes.count(stateOf(Number(state)), Number(n));
    for (const [name, holder, token, until] of snapshot.roles) {
      tables.roles.set(String(name), { holder: String(holder), token: Number(token), until: Number(until) });
    }
    for (const [name, id] of snapshot.uniques) tables.jobs.indexes.uniques.set(String(name), id as JobId);
    for (const [child, parent] of snapshot.waits)
      tables.jobs.indexes.edges(child as JobId, [], [parent as JobId]);
    for (const doc of snapshot.quotas) {
      const quota = JSON.parse(doc) as Quota & { readonly id: string };
      tables.quotas.set(quota.id, quota);
    }
    for (const doc of snapshot.workers) tables.saveWorker(JSON.parse(doc) as WorkerRecord);
    for (const row of snapshot.held as unknown as JobText[]) {
      const { n, job } = this.#adopt(row);
      tables.jobs.indexes.restoreHeld(n, job);
      const attempt = heldAttempt(job);
      if (attempt === null) continue;
      tables.hold(attempt.worker_id, holdKey({ job_id: job.id, epoch: attempt.epoch }), attempt.reserve);
    }
    for (const [worker, key, reserve] of snapshot.stranded) {
      tables.hold(worker as WorkerId, String(key), JSON.parse(String(reserve)) as Reserve);
      tables.stranded.add(`${worker} ${key}`);
    }
  }

  #list(keys: Float64Array): void {
    const { indexes } = this.tables.jobs;
    const { waiting } = indexes;
    const queued = stateNumber('queued');
    for (let at = 0; at < keys.length; at += KEY_WIDTH) {
      const [n = 0, state = 0, word = 0, rank = 0, ...rest] = keys.subarray(at, at + KEY_WIDTH);
      const [wake = 0, deadline = 0, owner = 0] = rest;
      const tenant = this.words.textOf(owner);
      waiting.set(tenant, (waiting.get(tenant) ?? 0) + 1);
      if (deadline > 0) indexes.at('deadline').add(deadline, n);
      if (state !== queued) continue;
      if (wake > 0) indexes.at('wake').add(wake, n);
      else indexes.list(n, this.words.textOf(word), rank);
    }
  }

  /** Brings what a verb needs within reach. */
  async fetch(need: Need): Promise<() => void> {
    const rows = await this.#ask('fetch', need);
    return () => {
      const { fetched, idempotencyKeys, recordVersions } = this.tables;
      switch (need.kind) {
        case 'jobs':
        case 'numbers':
        case 'ended': {
          const texts = rows as unknown as JobText[];
          for (const row of texts) this.#adopt(row);
          if (need.kind === 'ended') fetched.ended = texts.map(([, id]) => id);
          if (need.kind === 'jobs') for (const id of need.ids) fetched.absentJobs.add(id);
          if (need.kind === 'numbers') for (const n of need.ns) fetched.absentNumbers.add(n);
          return;
        }
        case 'idempotency':
          for (const key of need.keys) if (!idempotencyKeys.has(key)) idempotencyKeys.set(key, null);
          for (const [key, hash, job, at] of rows) {
            if (idempotencyKeys.get(String(key)) !== null) continue;
            const entry = { key: String(key), hash: String(hash), job_id: job as JobId, at: Number(at) };
            idempotencyKeys.set(entry.key, entry);
          }
          return;
        case 'record': {
          const key = `${need.record}/${need.id}`;
          if (!recordVersions.has(key))
            recordVersions.set(key, rows[0] === undefined ? null : Number(rows[0][0]));
          return;
        }
        case 'events':
          fetched.youngEvent = Number(rows[0]?.[0]);
      }
    };
  }

  #adopt(row: JobText): JobSlot {
    const [n, id, spec, doc] = row;
    const known = this.tables.jobs.peek(id);
    if (known !== null) return known;
    const first = decodeFirst(id, spec, this.words);
    const slot = slotOf(n, first, decodeDoc(first, doc));
    this.tables.jobs.adopt(slot);
    return slot;
  }

  /** When rows were written: what has ended, and what waits far behind the head, is seldom asked for. */
  trim(sent: readonly SentRow[], quiet: boolean): void {
    const { jobs, idempotencyKeys, recordVersions } = this.tables;
    for (const { slot } of sent) {
      if (slot.gone) continue;
      if (isTerminal(slot.job.status.state)) this.#ended.push(slot);
      else if (jobs.size > KEPT_WAITING && slot.job === slot.first) this.#forget(slot);
    }
    if (this.#ended.length > 2 * KEPT_ENDED) {
      for (const slot of this.#ended.splice(0, this.#ended.length - KEPT_ENDED)) this.#forget(slot);
    }
    if (jobs.size > 2 * KEPT_WAITING) for (const slot of [...jobs.slots()]) this.#forget(slot);
    if (!quiet) return;
    if (idempotencyKeys.size > KEPT_KEYS) idempotencyKeys.clear();
    if (recordVersions.size > KEPT_KEYS) recordVersions.clear();
  }

  #forget(slot: JobSlot): void {
    const inFile = slot.row?.written === slot.job;
    if (inFile && !slot.gone && heldAttempt(slot.job) === null) this.tables.jobs.forget(slot);
  }
}
