import { openReader, openWriter } from './connection.ts';
import { callRead, type FileReads, fileReads } from './file-reads.ts';
import { type RowChange, writeRows } from './rows.ts';
import type { ThreadSetup } from './sqlite-thread.ts';
import { decodeError, encodeError } from './thread-wire.ts';

type Read = (read: keyof FileReads, args: readonly unknown[]) => Promise<unknown>;

/** A file that is read and written where it is called from: a test, or a process that can wait. */
export function inlineFile(setup: Omit<ThreadSetup, 'role'>) {
  const writer = openWriter(setup.file, setup);
  const reader = openReader(setup.file);
  const reads = fileReads(reader);
  const writes = fileReads(writer);
  const read: Read = async (name, args) => callRead(reads, { read: name, args });
  const readWriter: Read = async (name, args) => callRead(writes, { read: name, args });
  return {
    read,
    readWriter,
    write(changes: readonly RowChange[], how?: { readonly synced?: boolean }): void {
      try {
        writeRows(writer, changes, how);
      } catch (error) {
        throw decodeError(encodeError(error));
      }
    },
    async close(): Promise<void> {
      reader.close();
      writer.close();
    },
  };
}
