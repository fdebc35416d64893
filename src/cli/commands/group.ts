import type { Command } from 'commander';
import type { Act } from '../catalog.ts';
import { EXIT } from '../exit.ts';
import { awaitGroup, showGroup } from '../group-words.ts';
import type { Session } from '../session.ts';

export function define(command: Command, act: Act): void {
  command
    .argument('<group>', 'its id, as `hive submit --array` printed it')
    .option('-w, --wait', 'wait for the end of every job')
    .action(act(show));
}

async function show(session: Session, id: string, options: { wait?: boolean }): Promise<number> {
  if (options.wait) return awaitGroup(session, id);
  const client = await session.client();
  showGroup(session, await client.groups.get(id));
  return EXIT.ok;
}
