import type { Command } from 'commander';
import { VERSION } from '../../protocol/version.ts';
import type { Act } from '../catalog.ts';
import { EXIT } from '../exit.ts';
import type { Session } from '../session.ts';

export function define(command: Command, act: Act): void {
  command.option('--server', 'ask the server for its version too').action(act(show));
}

async function show(session: Session, options: { server?: boolean }): Promise<number> {
  const server = options.server ? (await (await session.client()).version()).version : undefined;
  const told = { version: VERSION, node: process.version, ...(server !== undefined && { server }) };
  session.showOne(told, {
    name: (one) => one.version,
    human: (one) => `hive ${one.version}${server === undefined ? '' : `\nserver ${server}`}`,
  });
  return EXIT.ok;
}
