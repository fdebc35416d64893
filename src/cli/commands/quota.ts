import type { Command } from 'commander';
import type { Quota } from '../../protocol/records.ts';
import type { Act } from '../catalog.ts';
import { EXIT, usageError } from '../exit.ts';
import { readWhole } from '../quantities.ts';
import type { Session } from '../session.ts';
import { plain } from '../text.ts';

interface Options {
  readonly maxRunning?: number;
  readonly maxWaiting?: number;
  readonly remove?: boolean;
}

export function define(command: Command, act: Act): void {
  command
    .argument('[tenant]', 'whose to set; without it all are listed')
    .option('--max-running <n>', 'jobs that hold a worker at once', readWhole)
    .option('--max-waiting <n>', 'jobs that wait; a submit above it is refused', readWhole)
    .option('--remove', 'no bound at all')
    .action(act(run));
}

const name = (quota: Quota): string => quota.id;
const bound = (value: number | null): string => (value === null ? '–' : String(value));
const COLUMNS = [
  { title: 'TENANT', value: (quota: Quota) => plain(quota.id) },
  { title: 'RUNNING', value: (quota: Quota) => bound(quota.max_running) },
  { title: 'WAITING', value: (quota: Quota) => bound(quota.max_waiting) },
];

async function run(session: Session, tenant: string | undefined, options: Options): Promise<number> {
  const client = await session.client();
  const { maxRunning, maxWaiting, remove } = options;
  if (tenant === undefined) {
    const empty = 'no quotas; `hive quota TENANT --max-running N` sets one';
    session.showList(await client.quotas.list(), { name, columns: COLUMNS, empty });
    return EXIT.ok;
  }
  if (remove) {
    await client.quotas.remove(tenant);
    session.note(`${tenant} has no quota`);
    return EXIT.ok;
  }
  if (maxRunning === undefined && maxWaiting === undefined)
    throw usageError(
      'name --max-running, --max-waiting or --remove',
      `hive quota ${tenant} --max-running 10`,
    );
  const quota = await client.quotas.put(tenant, {
    ...(maxRunning !== undefined && { max_running: maxRunning }),
    ...(maxWaiting !== undefined && { max_waiting: maxWaiting }),
  });
  session.showOne(quota, {
    name,
    human: (one) => `${plain(one.id)}: ${bound(one.max_running)} running, ${bound(one.max_waiting)} waiting`,
  });
  return EXIT.ok;
}
