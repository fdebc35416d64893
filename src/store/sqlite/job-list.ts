import { isTerminal, type JobState } from '../../protocol/job.ts';
import type { JobPageQuery } from '../job-store.ts';
import type { Driver, SqlRow, SqlValue } from './driver.ts';
import { stateNumber } from './status-codec.ts';

/** A way into the jobs, newest first: an index, and what it already makes sure of. */
interface Source {
  readonly from: string;
  readonly id: string;
  readonly where: readonly string[];
  readonly params: readonly SqlValue[];
}

/** Rows of [id, facts, base, doc], newest first. */
export function listRows(driver: Driver, query: JobPageQuery): SqlRow[] {
  const sources = sourcesOf(driver, query);
  const rows = sources.flatMap((source) => pageOf(driver, source, query));
  // Sources never share a job; each gave its newest ones.
  if (sources.length > 1) rows.sort((a, b) => (String(a[0]) < String(b[0]) ? 1 : -1));
  return rows.slice(0, query.limit);
}

function pageOf(driver: Driver, source: Source, query: JobPageQuery): SqlRow[] {
  const where = [...source.where];
  const params = [...source.params];
  const ask = (text: string, ...values: SqlValue[]): void => {
    where.push(text);
    params.push(...values);
  };
  if (query.after !== undefined) ask(`${source.id} < ?`, query.after);
  if (query.tenant !== undefined) ask('j.tenant = ?', query.tenant);
  if (query.module !== undefined) ask('j.module = ?', query.module);
  if (query.worker_id !== undefined) ask('j.worker = ?', query.worker_id);
  if (query.state !== undefined) ask(`j.state IN (${query.state.map(stateNumber).join(',')})`);
  for (const [key, value] of Object.entries(query.labels ?? {})) {
    ask('EXISTS (SELECT 1 FROM labels WHERE key = ? AND value = ? AND id = j.id)', key, value);
  }
  const sql = `SELECT j.id, s.facts, s.base, j.doc FROM ${source.from} CROSS JOIN specs s ON s.n = j.n
    WHERE ${where.length === 0 ? '1' : where.join(' AND ')} ORDER BY ${source.id} DESC LIMIT ?`;
  return driver.all(sql, [...params, query.limit]);
}

function sourcesOf(driver: Driver, query: JobPageQuery): readonly Source[] {
  const [label] = Object.entries(query.labels ?? {});
  if (label !== undefined) return [labelSource(...label)];
  if (query.worker_id !== undefined) return [source('jobs_worker', ['j.worker IS NOT NULL'])];
  if (query.state !== undefined && (query.module === undefined || areFew(driver, query.state))) {
    return stateSources(query.state);
  }
  return [source(query.module === undefined ? 'jobs_id' : 'jobs_module', [])];
}

const source = (index: string, where: readonly string[]): Source => ({
  from: `jobs j INDEXED BY ${index}`,
  id: 'j.id',
  where,
  params: [],
});

const labelSource = (key: string, value: string): Source => ({
  from: 'labels l CROSS JOIN jobs j ON j.id = l.id',
  id: 'l.id',
  where: ['l.key = ?', 'l.value = ?'],
  params: [key, value],
});

function stateSources(states: readonly JobState[]): Source[] {
  const ended = [...new Set(states.filter(isTerminal))].map((state) =>
    source('jobs_ended', ['j.finished_at IS NOT NULL', `j.state = ${stateNumber(state)}`]),
  );
  const open = states.some((state) => !isTerminal(state));
  return open ? [...ended, source('jobs_open', ['j.finished_at IS NULL'])] : ended;
}

/** Where most jobs are in other states, the index of the states is the shorter way, whatever else is asked. */
function areFew(driver: Driver, states: readonly JobState[]): boolean {
  const wanted = `state IN (${states.map(stateNumber).join(',')})`;
  const sql = `SELECT 2 * coalesce(sum(n) FILTER (WHERE ${wanted}), 0) < sum(n) FROM counts`;
  return driver.value(sql, []) === 1;
}
