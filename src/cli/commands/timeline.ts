import type { Command } from 'commander';
import type { TimelineEntry } from '../../protocol/job.ts';
import type { Act } from '../catalog.ts';
import { EXIT } from '../exit.ts';
import { resolveJob } from '../job-id.ts';
import { colourOfState } from '../job-words.ts';
import type { Session } from '../session.ts';
import { duration } from '../text.ts';

interface Row extends TimelineEntry {
  readonly took: string;
}

export function define(command: Command, act: Act): void {
  command.argument('<job>', 'id, the end of one, or `last`').action(act(show));
}

async function show(session: Session, text: string): Promise<number> {
  const id = await resolveJob(session, text);
  const entries = await (await session.client()).jobs.timeline(id);
  const look = { name: (entry: TimelineEntry) => entry.state, empty: 'nothing happened yet' };
  if (session.isMachine) session.showList(entries, { ...look, columns: [] });
  else session.showList(withTimes(entries), { ...look, columns: COLUMNS });
  return EXIT.ok;
}

const COLUMNS = [
  { title: 'AT', value: (row: Row) => row.at },
  { title: 'STATE', value: (row: Row) => row.state, colour: (row: Row) => colourOfState(row.state) },
  { title: 'FOR', value: (row: Row) => row.took },
  { title: 'ATTEMPT', value: (row: Row) => (row.attempt === 0 ? '' : String(row.attempt)) },
  { title: 'REASON', value: (row: Row) => row.code },
] as const;

/** How long each state lasted: until the next one. */
const withTimes = (entries: readonly TimelineEntry[]): Row[] =>
  entries.map((entry, at) => {
    const next = entries[at + 1];
    return { ...entry, took: next === undefined ? '' : duration(Date.parse(next.at) - Date.parse(entry.at)) };
  });
