import type { Command } from 'commander';
import type { CancelReply } from '../../client/index.ts';
import type { Act } from '../catalog.ts';
import { CliError, EXIT } from '../exit.ts';
import { reportFailure } from '../failure.ts';
import { resolveJob } from '../job-id.ts';
import type { Session } from '../session.ts';

export function define(command: Command, act: Act): void {
  command
    .argument('<jobs...>', 'ids, the ends of them, `last`, or the ids of groups')
    .addHelpText('after', EXITS)
    .action(act(cancel));
}

const EXITS = `
Exit code: 0 when each is canceled, will be, or was already; 5 when one had ended otherwise.`;

/** One that cannot be canceled does not spare the others; its error decides the exit code. */
async function cancel(session: Session, texts: string[]): Promise<number> {
  const client = await session.client();
  const replies: CancelReply[] = [];
  let exit: number = EXIT.ok;
  for (const text of texts) {
    try {
      if (text.startsWith('grp_')) {
        const { canceled, group } = await client.groups.cancel(text);
        session.note(`${canceled} jobs of ${group.id} canceled or told to end`);
        continue;
      }
      const reply = await client.jobs.cancel(await resolveJob(session, text));
      if (endedOtherwise(reply)) throw alreadyEnded(reply);
      replies.push(reply);
    } catch (error) {
      exit = reportFailure(error, session);
      if (exit === EXIT.unreachable) break;
    }
  }
  if (replies.length === 0 && texts.every((text) => text.startsWith('grp_'))) return exit;
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

const endedOtherwise = ({ result, job }: CancelReply): boolean =>
  result === 'already' && job.state !== 'canceled';

const alreadyEnded = ({ job }: CancelReply): CliError =>
  new CliError(EXIT.conflict, 'already_ended', `${job.id} already ${job.state}`, `hive job ${job.id}`);

const resultWords = ({ result, job }: CancelReply): string =>
  result === 'already' ? `already ${job.state}` : result;
