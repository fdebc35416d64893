import { pino } from 'pino';
import type { Log } from './orchestrator/deps.ts';

/** The orchestrator's own log: JSON lines in a file, so that the terminal stays for people. */
export function openLog(file: string, level: 'debug' | 'info' | 'warn' | 'error'): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: file, mkdir: true, sync: false }),
  );
}
