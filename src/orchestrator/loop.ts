import type { Log, Time } from './deps.ts';

export interface Loop {
  /** Runs soon instead of at the next interval. */
  wake(): void;
  /** Runs in `ms` at the latest. */
  hasten(ms: number): void;
  /** No further run begins; resolves when the one in progress has ended. */
  stop(): Promise<void>;
}

/**
 * Runs `body` now, then whenever it is woken or `interval_ms` has passed; never twice at once. `body` may answer the
 * milliseconds until it wants to run again. An error is logged and the loop goes on: a bad pass must not end the control plane.
 */
export function startLoop(
  name: string,
  interval_ms: number,
  time: Time,
  log: Log,
  body: () => Promise<number | undefined>,
): Loop {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;
  let atMost = interval_ms;
  let due = time.now();
  let cancelTimer = (): void => {};

  const run = async (): Promise<void> => {
    let next = interval_ms;
    do {
      again = false;
      try {
        next = Math.max(1, Math.min(interval_ms, (await body()) ?? interval_ms));
      } catch (error) {
        log.error({ loop: name, err: error }, `${name} failed; it tries again`);
      }
    } while (again && !stopped);
    running = null;
    if (!stopped) sleep(Math.min(next, atMost));
    atMost = interval_ms;
  };
  const sleep = (ms: number): void => {
    cancelTimer();
    due = time.now() + ms;
    cancelTimer = time.after(ms, begin);
  };
  const begin = (): void => {
    cancelTimer();
    if (!stopped && running === null) running = run();
  };
  cancelTimer = time.after(0, begin);
  return {
    wake() {
      if (running === null) begin();
      else again = true;
    },
    hasten(ms) {
      if (running !== null) atMost = Math.min(atMost, ms);
      else if (!stopped && time.now() + ms < due) sleep(ms);
    },
    async stop() {
      stopped = true;
      cancelTimer();
      await running;
    },
  };
}
