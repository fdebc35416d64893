import { covers, type Reserve, subtract } from '../../core/resources.ts';
import { transition } from '../../core/transition.ts';
import { type Book, bookOf, holdKey, takesWork } from '../../core/worker.ts';
import type { WorkerId } from '../../protocol/ids.ts';
import type { PlaceItem, PlaceResult } from '../job-store.ts';
import type { Tables } from '../tables.ts';
import type { Verbs } from '../verbs.ts';
import { saveChange } from './job-change.ts';

/** What is left on each worker as the plan is committed, so that holds are summed once per worker and not per item. */
type Books = Map<WorkerId, Book>;

export const commitPlacements: Verbs['commitPlacements'] = (tables, [items, lease_ms], now) => {
  tables.fetchJobs(items.map((item) => item.job_id));
  const books: Books = new Map();
  return items.map((item) => place(tables, books, item, now + lease_ms, now));
};

/** C3b: a changed job, a changed session or no room refuses this item alone. */
function place(tables: Tables, books: Books, item: PlaceItem, lease_until: number, now: number): PlaceResult {
  const job = tables.job(item.job_id);
  if (job === null || job.epoch !== item.expected_epoch) return refused('job_changed');
  const worker = tables.worker(item.worker_id);
  if (worker === null || worker.session !== item.expected_session || !takesWork(worker)) {
    return refused('worker_changed');
  }
  const attempt = {
    nonce: item.nonce,
    worker_id: item.worker_id,
    session: worker.session,
    lease_until,
    reserve: item.reserve,
  };
  const placed = transition(job, { kind: 'place', attempt }, now);
  if (!placed.ok) return refused('job_changed');
  const book = bookWith(books.get(worker.id) ?? bookOf(worker), job.requirements.gpu, item.reserve);
  if (book === null) return refused('no_room');
  books.set(worker.id, book);
  tables.hold(worker.id, holdKey({ job_id: job.id, epoch: placed.job.epoch }), item.reserve);
  saveChange(tables, job, placed.job, now);
  return { kind: 'placed', job: placed.job };
}

const refused = (why: Extract<PlaceResult, { kind: 'refused' }>['why']): PlaceResult => ({
  kind: 'refused',
  why,
});

/** The book with this one in it; null when it does not fit, or was to be sent ahead and may not be (C10). */
function bookWith(book: Book, gpu: 'required' | 'preferred' | 'none', reserve: Reserve): Book | null {
  if (reserve.slots > 0) {
    return covers(book.room, reserve) ? { ...book, room: subtract(book.room, reserve) } : null;
  }
  const may = book.credit > 0 && gpu === 'none' && reserve.gpus.length === 0;
  return may ? { ...book, credit: book.credit - 1 } : null;
}
