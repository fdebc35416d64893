import type { JobRecord } from '../../core/job.ts';
import type { Quota } from '../../core/limits.ts';
import type { HiveEvent } from '../../protocol/event.ts';
import type { ArtifactId, JobId } from '../../protocol/ids.ts';
import type { RecordKind } from '../../protocol/records.ts';
import { HotTables } from '../tables/hot-tables.ts';
import { OrderedIds } from '../tables/ordered-ids.ts';
import type { IdempotencyEntry, RecordRow, RoleEntry } from '../tables.ts';
import { EventLog } from './event-log.ts';

/** Nothing is beyond the reach of a store that is all in memory. */
const NOTHING = { job: () => null, numbers: () => null };

/** Plain maps; the indexes hold numbers alone. */
export class MemoryTables extends HotTables<unknown, number> {
  readonly log = new EventLog();
  readonly records = new Map<RecordKind, Map<string, RecordRow>>();
  /** every job, in the order of their submits */
  readonly all = new OrderedIds<number>();
  readonly #ended = new OrderedIds<number>();
  readonly #artifacts = new Map<ArtifactId, JobId>();
  readonly #idempotency = new Map<string, IdempotencyEntry>();
  readonly #roles = new Map<string, RoleEntry>();

  constructor(maxQueued: number) {
    super(maxQueued, NOTHING);
  }

  /** Ends a unit of work. */
  commit(): void {
    this.jobs.takeChanged();
  }

  override insertJob(job: JobRecord): void {
    const { n } = this.jobs.insert(job);
    this.#link(n, null, job);
    this.undo.push(this.#link, n, job, null);
  }

  override saveJob(job: JobRecord): void {
    const before = this.job(job.id);
    const { n } = this.jobs.save(job);
    this.#link(n, before, job);
    this.undo.push(this.#link, n, job, before);
  }

  override removeJob(job: JobRecord): void {
    const slot = this.jobs.remove(job);
    if (slot === null) return;
    this.#link(slot.n, job, null);
    this.undo.push(this.#link, slot.n, null, job);
  }

  jobOfArtifact(id: ArtifactId): JobId | null {
    return this.#artifacts.get(id) ?? null;
  }

  endedBefore(at: number, limit: number): readonly JobRecord[] {
    const slots = this.jobs.byNumbers(this.#ended.take(limit, at - 1));
    return slots.flatMap((slot) => slot?.job ?? []);
  }

  idempotency(key: string): IdempotencyEntry | null {
    return this.#idempotency.get(key) ?? null;
  }

  saveIdempotency(entry: IdempotencyEntry): void {
    const before = this.#idempotency.get(entry.key);
    // Taken out first, so that the map stays in the order of their times.
    this.#idempotency.delete(entry.key);
    this.#idempotency.set(entry.key, entry);
    this.undo.push(() => {
      this.#idempotency.delete(entry.key);
      if (before !== undefined) this.#idempotency.set(entry.key, before);
    });
  }

  forgetIdempotency(before: number, limit: number): void {
    let left = limit;
    for (const [key, entry] of this.#idempotency) {
      if (entry.at > before || left === 0) return;
      this.#idempotency.delete(key);
      left -= 1;
    }
  }

  role(name: string): RoleEntry | null {
    return this.#roles.get(name) ?? null;
  }

  saveRole(name: string, entry: RoleEntry): void {
    this.#roles.set(name, entry);
  }

  protected eventMark(): number {
    return this.log.last_seq;
  }

  protected dropEventsSince(seq: number): void {
    this.log.rewind(seq);
  }

  append(event: Omit<HiveEvent, 'seq'>): void {
    this.log.append(event);
  }

  dropEvents(before: string, max: number, limit: number): number {
    return this.log.drop(before, max, limit);
  }

  recordVersion(kind: RecordKind, id: string): number | null {
    return this.records.get(kind)?.get(id)?.version ?? null;
  }

  saveRecord(kind: RecordKind, id: string, record: RecordRow): void {
    const table = this.records.get(kind) ?? new Map<string, RecordRow>();
    this.records.set(kind, table);
    table.set(id, record);
    this.noteQuota(kind, id, record.value as Quota);
  }

  removeRecord(kind: RecordKind, id: string): void {
    this.records.get(kind)?.delete(id);
    this.noteQuota(kind, id, null);
  }

  readonly #link = (n: number, before: JobRecord | null, after: JobRecord | null): void => {
    if (before === null) this.all.add(0, n);
    if (after === null) this.all.remove(0, n);
    const [from, to] = [before?.finished_at ?? null, after?.finished_at ?? null];
    if (from !== to) {
      if (from !== null) this.#ended.remove(from, n);
      if (to !== null) this.#ended.add(to, n);
    }
    if (before?.artifacts === after?.artifacts) return;
    for (const artifact of before?.artifacts ?? []) this.#artifacts.delete(artifact.id);
    if (after === null) return;
    for (const artifact of after.artifacts) this.#artifacts.set(artifact.id, after.id);
  };
}
