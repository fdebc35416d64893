import { VERBS } from '../verbs/verb-table.ts';
import type { Driver } from './driver.ts';
import { type Carried, SqliteTables } from './sqlite-tables.ts';
import { decodeCall, encodeAnswer } from './verb-wire.ts';
import { encodeError, type Group, type GroupReply, type Reply, rides, type VerbCall } from './wire.ts';

/** Runs groups of verbs, each group one transaction. */
export class Engine {
  readonly #driver: Driver;
  readonly #maxQueued: number;
  /** Null after a failure, until it can be read again. */
  #tables: SqliteTables | null;
  /** What rode along and was not written when a later group failed. */
  #carried: Carried | null = null;

  constructor(driver: Driver, maxQueued: number) {
    this.#driver = driver;
    this.#maxQueued = maxQueued;
    this.#tables = new SqliteTables(driver, maxQueued);
  }

  run({ now, calls }: Group): GroupReply {
    let replies = this.#transact(calls, now);
    // One bad verb fails alone: the others are tried again without it.
    if (!Array.isArray(replies)) {
      replies = calls.length === 1 ? [replies] : calls.map((call) => this.#alone(call, now));
    }
    const unwritten = this.#tables?.unwritten ?? this.#carried !== null;
    return { replies, last_seq: this.#tables?.log.last_seq ?? 0, unwritten };
  }

  close(): void {
    try {
      this.#tables?.flushHeard();
    } catch {
      // A full disk: the workers will be heard again.
    }
    this.#driver.close();
  }

  #alone(call: VerbCall, now: number): Reply {
    const replies = this.#transact([call], now);
    return Array.isArray(replies) ? (replies[0] ?? failure(new Error('no answer'))) : replies;
  }

  #transact(calls: readonly VerbCall[], now: number): Reply[] | Extract<Reply, { ok: false }> {
    try {
      const tables = this.#reopen();
      this.#carried = tables.carried();
      if (rides(calls)) return calls.map((call) => runCall(tables, call, now));
      this.#driver.run('BEGIN IMMEDIATE', []);
      const replies = calls.map((call) => runCall(tables, call, now));
      tables.flush();
      this.#driver.run('COMMIT', []);
      tables.trim();
      this.#carried = null;
      return replies;
    } catch (error) {
      this.#undo();
      return failure(error);
    }
  }

  #reopen(): SqliteTables {
    if (this.#tables !== null) return this.#tables;
    this.#tables = new SqliteTables(this.#driver, this.#maxQueued);
    if (this.#carried !== null) this.#tables.carry(this.#carried);
    return this.#tables;
  }

  /** What the unit of work remembers is no longer so. */
  #undo(): void {
    try {
      this.#driver.run('ROLLBACK', []);
    } catch {
      // SQLite has already rolled back by itself, as it does when the disk is full.
    }
    this.#tables = null;
  }
}

function runCall(tables: SqliteTables, call: VerbCall, now: number): Reply {
  if (call.verb === 'flush') return { ok: true, answer: null, jobs: [] };
  const verb = VERBS[call.verb] as (tables: SqliteTables, args: readonly unknown[], now: number) => unknown;
  const answer = verb(tables, decodeCall(call, tables), now);
  return { ok: true, ...encodeAnswer(call.verb, answer, tables) };
}

const failure = (error: unknown): Extract<Reply, { ok: false }> => ({ ok: false, error: encodeError(error) });
