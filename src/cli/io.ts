/** Where a stream of output goes; the process's own, or a test's. */
export interface Output {
  write(chunk: string | Uint8Array, done?: () => void): boolean;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** All that the program touches of the process it runs in. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of the `hive` entry file: a worker process is this file once more, and the package lies two folders up. */
  readonly entry: string;
  /** Calls back on ^C or SIGTERM instead of dying; the returned function gives the default back. */
  onInterrupt(handler: () => void): () => void;
}

/** Waits until the chunk has left, so that a slow reader slows the writer. */
export const writeFully = (output: Output, chunk: string | Uint8Array): Promise<void> =>
  new Promise((resolve) => output.write(chunk, () => resolve()));

export function processIo(entry: string): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    entry,
    onInterrupt(handler) {
      const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
      for (const signal of signals) process.on(signal, handler);
      return () => {
        for (const signal of signals) process.off(signal, handler);
      };
    },
  };
}
