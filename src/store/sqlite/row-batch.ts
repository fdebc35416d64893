import type { WorkerId } from '../../protocol/ids.ts';
import { JOB_STATES } from '../../protocol/job-state.ts';
import type { TakenEvents } from './event-tape.ts';
import type { JobSlot } from './job-rows.ts';
import { type JournalPart, journalOf, journalRow } from './journal.ts';
import type { RowChange } from './rows.ts';
import type { SqliteTables } from './sqlite-tables.ts';
import { stateNumber } from './status-codec.ts';
import type { WordTable } from './word-table.ts';

/** All that changed since the last one, on its way to the file. */
export interface RowBatch {
  /** of its row in the journal */
  readonly seq: number;
  readonly changes: readonly RowChange[];
  readonly changed: readonly JobSlot[];
  readonly journal: JournalPart;
  /** its number among the groups */
  readonly group: number;
  readonly workers: readonly WorkerId[];
  readonly words: number;
  readonly events: TakenEvents;
  readonly last_seq: number;
}

export function takeBatch(tables: SqliteTables, words: WordTable, seq: number): RowBatch {
  const changed = tables.jobs.takeChanged();
  const journal = journalOf(changed, words);
  const workers = [...tables.changedWorkers];
  tables.changedWorkers.clear();
  const events = tables.log.take();
  const changes = [
    ...words.changes(),
    ...journalRow(seq, journal),
    ...countChanges(tables),
    ...workers.flatMap((id) => workerChanges(tables, id)),
    ...(events.row === null ? [] : [events.row]),
    ...tables.takeOthers(),
  ];
  const { group } = tables.jobs;
  tables.jobs.group += 1;
  const last_seq = tables.log.sent;
  return { seq, changes, changed, journal, group, workers, words: words.size, events, last_seq };
}

/** The batch did not reach the file, and nothing of its changes is in memory any more. */
export function returnBatch(tables: SqliteTables, batch: RowBatch): void {
  for (const slot of batch.changed) tables.jobs.giveBack(slot);
  for (const id of batch.workers) tables.changedWorkers.add(id);
  tables.takeOthers();
  tables.log.rewind(batch.events);
  tables.jobs.indexes.counted = true;
}

function countChanges(tables: SqliteTables): RowChange[] {
  const { indexes } = tables.jobs;
  if (!indexes.counted) return [];
  indexes.counted = false;
  const params = JOB_STATES.flatMap((state) => [stateNumber(state), tables.countOf(state)]);
  const values = JOB_STATES.map(() => '(?, ?)').join(', ');
  return [{ kind: 'run', sql: `INSERT OR REPLACE INTO counts VALUES ${values}`, params }];
}

function workerChanges(tables: SqliteTables, id: WorkerId): RowChange[] {
  const worker = tables.worker(id);
  if (worker === null) return [];
  const params = [id, JSON.stringify({ ...worker, holds: undefined, tally: undefined })];
  return [{ kind: 'run', sql: 'INSERT OR REPLACE INTO workers VALUES (?, ?)', params }];
}

/** The workers that were only heard again, as the store closes. */
export const heardChanges = (tables: SqliteTables): RowChange[] =>
  [...tables.heardWorkers].flatMap((id) => workerChanges(tables, id));
