import type { JobRecord } from '../../core/job.ts';
import type { JobId } from '../../protocol/ids.ts';
import type { Driver } from './driver.ts';
import { decodeDoc, decodeFirst, encodeDoc, encodeSpec } from './job-codec.ts';
import { haveSameWords, type JobSlot, rowChanges, slotOf, wordsOf } from './job-rows.ts';
import { type RowChange, writeRows } from './rows.ts';
import { WordTable } from './word-table.ts';

/*
 * What a group did to its jobs is one row of the journal. Their own rows are written a moment later and only once, for a
 * job that ends soon after its submit; until then the journal is what a crash leaves of it.
 */

/** [n, id, spec, doc] of a new job, [n, doc] of one that changed. A job is removed only once its row is written. */
type Entry =
  | readonly [n: number, id: JobId, spec: object, doc: object | null]
  | readonly [n: number, doc: object | null];

/** A changed job as the journal will have it. */
interface Noted {
  readonly slot: JobSlot;
  readonly job: JobRecord;
  /** where its texts are in the journal's; an empty spec = the file has it already */
  readonly spec: Span;
  readonly doc: Span;
}

type Span = readonly [from: number, to: number];
const NOWHERE: Span = [0, 0];

export interface JournalPart {
  readonly text: string;
  readonly noted: readonly Noted[];
}

/** The changed jobs as a row of the journal. */
export function journalOf(changed: readonly JobSlot[], words: WordTable): JournalPart {
  let text = '[';
  const noted: Noted[] = [];
  let last: JobRecord | null = null;
  for (const slot of changed) {
    const { n, job, first, row } = slot;
    if (slot.gone || row?.kept === job) continue;
    // Their row will need them.
    if (last === null || !haveSameWords(last, job)) for (const word of wordsOf(job)) words.idOf(word);
    last = job;
    text += `${noted.length === 0 ? '' : ','}[${n},`;
    let spec = NOWHERE;
    if (row === null) {
      text += `"${job.id}",`;
      const from = text.length;
      text += encodeSpec(first, words);
      spec = [from, text.length];
      text += ',';
    }
    const from = text.length;
    text += encodeDoc(first, job) ?? 'null';
    noted.push({ slot, job, spec, doc: [from, text.length] });
    text += ']';
  }
  return { text: `${text}]`, noted };
}

/** The journal has them. Their texts are parts of its one: put together by hand, each would be dozens of small pieces. */
export function keep({ text, noted }: JournalPart): void {
  for (const { slot, job, spec, doc } of noted) {
    const written = text.slice(doc[0], doc[1]);
    const kept = written === 'null' ? null : written;
    if (slot.row === null)
      slot.row = { kept: job, doc: kept, spec: text.slice(spec[0], spec[1]), written: null };
    else {
      slot.row.kept = job;
      slot.row.doc = kept;
    }
  }
}

export const journalRow = (seq: number, { text }: JournalPart): RowChange[] =>
  text === '' ? [] : [{ kind: 'insert', into: 'journal (seq, doc)', width: 2, values: [seq, text] }];

/** Everything up to `seq` is in the rows. */
export const journalCut = (seq: number): RowChange => ({
  kind: 'run',
  sql: 'DELETE FROM journal WHERE seq <= ?',
  params: [seq],
});

/** After a crash: writes the rows that the journal alone tells of, and empties it. */
export function replayJournal(driver: Driver): void {
  const last = driver.value('SELECT max(seq) FROM journal', []);
  if (last === null || last === undefined) return;
  const texts = driver.all('SELECT doc FROM journal ORDER BY seq', []);
  const entries = texts.flatMap(([text]) => JSON.parse(String(text)) as Entry[]);
  const words = new WordTable(
    driver.all('SELECT text FROM words ORDER BY id', []).map(([text]) => String(text)),
  );
  const slots = slotsOf(driver, entries, words);
  for (const entry of entries) replay(slots, entry, words);
  const { changes } = rowChanges(slots.values(), words);
  writeRows(driver, [...words.changes(), ...changes, journalCut(Number(last))]);
}

/** The jobs as their rows have them. */
function slotsOf(driver: Driver, entries: readonly Entry[], words: WordTable): Map<number, JobSlot> {
  const ns = [...new Set(entries.map(([n]) => n))];
  const rows = driver.all(
    'SELECT n, id, spec, doc FROM jobs JOIN specs USING (n) WHERE n IN (SELECT value FROM json_each(?))',
    [JSON.stringify(ns)],
  );
  return new Map(
    rows.map(([n, id, spec, doc]) => {
      const first = decodeFirst(id as JobId, String(spec), words);
      const job = decodeDoc(first, doc === null ? null : String(doc));
      return [Number(n), slotOf(Number(n), first, job)];
    }),
  );
}

function replay(slots: Map<number, JobSlot>, entry: Entry, words: WordTable): void {
  const [n] = entry;
  if (entry.length === 4 && !slots.has(n)) {
    const [, id, said] = entry;
    const spec = JSON.stringify(said);
    const first = decodeFirst(id, spec, words);
    const slot = slotOf(n, first, first);
    slot.row = { kept: first, doc: null, spec, written: null };
    slots.set(n, slot);
  }
  const slot = slots.get(n);
  if (slot === undefined || slot.row === null) return;
  const last = entry.length === 4 ? entry[3] : entry[1];
  slot.row.doc = last === null ? null : JSON.stringify(last);
  slot.row.kept = decodeDoc(slot.first, slot.row.doc);
}
