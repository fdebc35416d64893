import type { Worker, WorkerPatch } from '../protocol/worker.ts';
import { EXIT } from './exit.ts';
import type { Session } from './session.ts';
import { resolveWorker } from './worker-id.ts';
import { WORKER_COLUMNS } from './worker-words.ts';

/** Drains or resumes workers, and shows how they stand then. */
export async function setWorkers(
  session: Session,
  texts: readonly string[],
  patch: WorkerPatch,
): Promise<number> {
  const client = await session.client();
  const changed: Worker[] = [];
  for (const text of texts) {
    changed.push(await client.workers.patch(await resolveWorker(session, text), patch));
  }
  session.showList(changed, { name: (worker) => worker.id, columns: WORKER_COLUMNS, empty: '' });
  return EXIT.ok;
}
