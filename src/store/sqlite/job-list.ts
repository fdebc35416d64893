import type { JobState } from '../../protocol/job.ts';
import { JOB_STATES } from '../../protocol/job-state.ts';
import type { JobPageQuery } from '../job-store.ts';
import type { Driver, SqlRow, SqlValue } from './driver.ts';
import { stateNumber } from './status-codec.ts';

/** A way into the jobs, newest first: where from, and what it makes sure of. */
interface Source {
  readonly from: string;
  readonly n: string;
  readonly where: readonly string[];
  readonly params: readonly SqlValue[];
}

/** Rows of [n, id, spec, doc], newest first. */
export function listRows(driver: Driver, query: JobPageQuery): SqlRow[] {
  const before = query.after === undefined ? null : numberOf(driver, query.after);
  const rows = sourcesOf(driver, query).flatMap((source) => pageOf(driver, source, query, before));
  // Sources never share a job; each gave its newest ones.
  rows.sort((a, b) => Number(b[0]) - Number(a[0]));
  return rows.slice(0, query.limit);
}

/** Where a page begins; a job that was pruned since leaves its place to the next older one. */
function numberOf(driver: Driver, id: string): number {
  const found = driver.value('SELECT n FROM jobs WHERE id = ?', [id]);
  if (typeof found === 'number') return found;
  return Number(driver.value('SELECT n + 1 FROM jobs WHERE id < ? ORDER BY id DESC LIMIT 1', [id]) ?? 0);
}

function pageOf(driver: Driver, source: Source, query: JobPageQuery, before: number | null): SqlRow[] {
  const where = [...source.where];
  const params = [...source.params];
  const ask = (text: string, ...values: SqlValue[]): void => {
    where.push(text);
    params.push(...values);
  };
  if (before !== null) ask(`${source.n} < ?`, before);
  if (query.tenant !== undefined) ask(`j.tenant = ${WORD}`, query.tenant);
  if (query.module !== undefined) ask(`j.module = ${WORD}`, query.module);
  if (query.group_id !== undefined) ask('j.grp = ?', query.group_id);
  if (query.worker_id !== undefined) ask(`j.worker = ${WORD}`, query.worker_id);
  if (query.state !== undefined) ask(`j.state IN (${query.state.map(stateNumber).join(',')})`);
  for (const [key, value] of Object.entries(query.labels ?? {})) {
    ask('EXISTS (SELECT 1 FROM labels WHERE key = ? AND value = ? AND n = j.n)', key, value);
  }
  const sql = `SELECT j.n, j.id, s.spec, j.doc FROM ${source.from} CROSS JOIN specs s ON s.n = j.n
    WHERE ${where.length === 0 ? '1' : where.join(' AND ')} ORDER BY ${source.n} DESC LIMIT ?`;
  return driver.all(sql, [...params, query.limit]);
}

const WORD = '(SELECT id FROM words WHERE text = ?)';

function sourcesOf(driver: Driver, query: JobPageQuery): readonly Source[] {
  const [label] = Object.entries(query.labels ?? {});
  if (label !== undefined) return [labelSource(...label)];
  if (query.group_id !== undefined) return groupSources(query);
  if (query.worker_id !== undefined) return [jobs('INDEXED BY jobs_worker', ['j.worker IS NOT NULL'])];
  if (query.tenant === undefined) return [jobs('NOT INDEXED', [])];
  if (query.state !== undefined && (query.module === undefined || areFew(driver, query.state))) {
    const states = [...new Set(query.state)];
    return states.map((state) => jobs('INDEXED BY jobs_state', [`j.state = ${stateNumber(state)}`]));
  }
  return [jobs(query.module === undefined ? 'NOT INDEXED' : 'INDEXED BY jobs_module', [])];
}

const jobs = (index: string, where: readonly string[]): Source => ({
  from: `jobs j ${index}`,
  n: 'j.n',
  where,
  params: [],
});

/** A group is ordered within each of its states. */
const groupSources = ({ state = JOB_STATES }: JobPageQuery): Source[] =>
  [...new Set(state)].map((one) =>
    jobs('INDEXED BY jobs_group', ['j.grp IS NOT NULL', `j.state = ${stateNumber(one)}`]),
  );

const labelSource = (key: string, value: string): Source => ({
  from: 'labels l CROSS JOIN jobs j ON j.n = l.n',
  n: 'l.n',
  where: ['l.key = ?', 'l.value = ?'],
  params: [key, value],
});

/** Where most jobs are in other states, the index of the states is the shorter way, whatever else is asked. */
function areFew(driver: Driver, states: readonly JobState[]): boolean {
  const wanted = `state IN (${states.map(stateNumber).join(',')})`;
  const sql = `SELECT 2 * coalesce(sum(n) FILTER (WHERE ${wanted}), 0) < sum(n) FROM counts`;
  return driver.value(sql, []) === 1;
}
