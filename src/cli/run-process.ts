import { EXIT } from './exit.ts';
import { type Output, processIo, writeFully } from './io.ts';
import { runCli } from './program.ts';

/** The program as a process of its own: its output flushed, its exit code set, nothing left that keeps it alive. */
export async function runProcess(argv: readonly string[], entry: string): Promise<void> {
  // `hive jobs | head` closes our output early; that is the reader's right.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.error);
  });
  const code = await runCli(argv, processIo(entry));
  const flush = (output: Output): Promise<void> => writeFully(output, '');
  await Promise.all([flush(process.stdout), flush(process.stderr)]);
  process.exit(code);
}
