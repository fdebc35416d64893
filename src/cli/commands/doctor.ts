import type { Command } from 'commander';
import type { Act } from '../catalog.ts';
import {
  type Check,
  checkClock,
  checkDataFolder,
  checkDisk,
  checkFleet,
  checkGpu,
  checkNode,
  checkServer,
} from '../checks.ts';
import { EXIT } from '../exit.ts';
import { dataFolder } from '../paths.ts';
import type { Session } from '../session.ts';
import { plain } from '../text.ts';

export function define(command: Command, act: Act): void {
  command.action(act(examine));
}

async function examine(session: Session): Promise<number> {
  const folder = dataFolder(session.io.env);
  const checks = [checkNode(), await checkDataFolder(folder), await checkDisk(folder), await checkGpu()];
  const client = await session.client();
  const server = await checkServer(client);
  checks.push(server);
  if (server.result === 'ok') checks.push(await checkClock(client), ...(await checkFleet(client)));
  const failed = checks.filter((check) => check.result === 'fail').length;
  if (session.isMachine) session.showList(checks, { name: (check) => check.name, columns: [], empty: '' });
  else for (const check of checks) session.print(lineOf(check, session));
  session.note(failed === 0 ? 'all is well' : `${failed} to mend`);
  return failed === 0 ? EXIT.ok : EXIT.error;
}

function lineOf(check: Check, { palette }: Session): string {
  const sign = { ok: palette.ok, fail: palette.fail, note: palette.note }[check.result];
  const fix = check.fix === undefined ? '' : `\n    ${palette.colour('cyan', `→ ${plain(check.fix)}`)}`;
  return `${sign} ${plain(check.name)}: ${plain(check.message)}${fix}`;
}
