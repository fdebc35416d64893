import Database from 'libsql';
import { HiveError } from '../../protocol/errors.ts';

export type SqlValue = string | number | null;
export type SqlRow = readonly SqlValue[];

/** All that the store asks of SQLite, so that another binding is one more file of this size. */
export interface Driver {
  /** Several statements, no parameters. */
  exec(sql: string): void;
  run(sql: string, params: readonly SqlValue[]): void;
  /** Rows as arrays, in the order of the columns. */
  all(sql: string, params: readonly SqlValue[]): SqlRow[];
  /** First column of the first row. */
  value(sql: string, params: readonly SqlValue[]): SqlValue | undefined;
  close(): void;
}

type Prepared = ReturnType<InstanceType<typeof Database>['prepare']>;

/** Every statement is prepared once; their number is fixed by the code. */
export function openDriver(file: string): Driver {
  const database = attempt(() => new Database(file));
  const statements = new Map<string, Prepared>();
  const prepare = (sql: string, reads: boolean): Prepared => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const made = database.prepare(sql);
    if (reads) made.raw();
    statements.set(sql, made);
    return made;
  };
  const all = (sql: string, params: readonly SqlValue[]): SqlRow[] =>
    attempt(() => prepare(sql, true).all(params) as SqlRow[]);
  return {
    exec: (sql) => attempt(() => void database.exec(sql)),
    run: (sql, params) => attempt(() => void prepare(sql, false).run(params)),
    all,
    value: (sql, params) => all(sql, params)[0]?.[0],
    close: () => {
      statements.clear();
      database.close();
    },
  };
}

function attempt<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw unavailable(error) ?? error;
  }
}

const WHY: readonly (readonly [prefix: string, words: string, hint: string])[] = [
  ['SQLITE_FULL', 'its disk is full', 'free some space; nothing of this request was stored'],
  ['SQLITE_IOERR', 'its disk answers with errors', 'check the disk; nothing of this request was stored'],
  ['SQLITE_READONLY', 'its file or folder is read-only', 'make the file and its folder writable'],
  ['SQLITE_CANTOPEN', 'its file cannot be opened', 'check that the folder exists and is writable'],
  ['SQLITE_NOTADB', 'its file is not a database', 'name another file, or restore a backup'],
  ['SQLITE_CORRUPT', 'its file is damaged', 'restore a backup'],
  ['SQLITE_BUSY', 'its file is locked by another process', 'stop that process, or name another file'],
];

/** Faults of the disk and the file as the one error that callers may retry; undefined for anything else. */
function unavailable(error: unknown): HiveError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Opening reports no code, only SQLite's number (14 = CANTOPEN) at the end of the message.
  const known = code !== '' ? code : error.message.startsWith('ConnectionFailed') ? 'SQLITE_CANTOPEN' : '';
  const why = WHY.find(([prefix]) => known.startsWith(prefix));
  if (why === undefined) return undefined;
  const [, words, hint] = why;
  return new HiveError('store_unavailable', `the store cannot be used: ${words}`, {
    hint,
    retryAfterSeconds: 5,
    cause: error,
  });
}
