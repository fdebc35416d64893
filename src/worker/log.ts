/** Where the worker tells what it does; the caller owns format and destination. */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
