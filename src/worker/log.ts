export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
/** Where the worker tells what it does; the caller owns format and destination. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
