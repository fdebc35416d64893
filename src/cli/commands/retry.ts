import type { Command } from 'commander';
import { awaitJob } from '../await-job.ts';
import type { Act } from '../catalog.ts';
import { EXIT } from '../exit.ts';
import { rememberJob, resolveJob } from '../job-id.ts';
import type { Session } from '../session.ts';

export function define(command: Command, act: Act): void {
  command
    .argument('<job>', 'id, the end of one, or `last`; it must have ended')
    .option('-w, --wait', 'wait for the end of the new job')
    .action(act(retry));
}

async function retry(session: Session, text: string, options: { wait?: boolean }): Promise<number> {
  const id = await resolveJob(session, text);
  const job = await (await session.client()).jobs.retry(id);
  await rememberJob(session.io.env, job.id);
  if (options.wait) return awaitJob(session, job.id);
  session.showOne(job, { name: (one) => one.id, human: (one) => one.id });
  session.note(`${job.state}: the same job as ${id} again`);
  return EXIT.ok;
}
