import type { Command } from 'commander';
import type { CancelReply } from '../../client/index.ts';
import type { Act } from '../catalog.ts';
import { EXIT } from '../exit.ts';
import { reportFailure } from '../failure.ts';
import { resolveJob } from '../job-id.ts';
import type { Session } from '../session.ts';

export function define(command: Command, act: Act): void {
  command.argument('<jobs...>', 'ids, the ends of them, or `last`').action(act(cancel));
}

/** One that cannot be canceled does not spare the others; its error decides the exit code. */
async function cancel(session: Session, texts: string[]): Promise<number> {
  const client = await session.client();
  const replies: CancelReply[] = [];
  let exit: number = EXIT.ok;
  for (const text of texts) {
    try {
      replies.push(await client.jobs.cancel(await resolveJob(session, text)));
    } catch (error) {
      exit = reportFailure(error, session);
      if (exit === EXIT.unreachable) break;
    }
  }
  session.showList(replies, {
    name: ({ job }) => job.id,
    columns: [
      { title: 'ID', value: ({ job }) => job.id },
      { title: 'RESULT', value: resultWords },
    ],
    empty: 'nothing was canceled',
  });
  return exit;
}

const resultWords = ({ result, job }: CancelReply): string =>
  result === 'already' ? `already ${job.state}` : result;
