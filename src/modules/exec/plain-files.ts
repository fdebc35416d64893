import type { Dirent } from 'node:fs';
import { access, constants, readdir } from 'node:fs/promises';
import { sep } from 'node:path';
import { ArtifactName } from '../../protocol/job.ts';

/** An entry of a folder that cannot become an artifact. */
export interface LeftOut {
  /** As it can be shown: bytes that are no text as `\xNN`. */
  readonly name: string;
  readonly why: string;
  readonly path: Buffer;
}

interface FolderFiles {
  readonly names: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

interface Found {
  readonly entry: Dirent<Buffer>;
  /** below the folder, parts joined by `/` */
  readonly name: Buffer;
  readonly path: Buffer;
}

const SLASH = Buffer.from('/');
const SEPARATOR = Buffer.from(sep);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Control characters, which a terminal would obey, and what disguises a text. */
const HOSTILE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
const MOST_NAMED = 20;

/** The files below a folder that can become artifacts, and what cannot and why. Names are bytes until proven text. */
export async function listPlainFiles(folder: string): Promise<FolderFiles> {
  const names: string[] = [];
  const leftOut: LeftOut[] = [];
  const folders: Pick<Found, 'name' | 'path'>[] = [{ name: Buffer.alloc(0), path: Buffer.from(folder) }];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const entries = await readFolder(next.path, leftOut, next.name);
    for (const entry of entries) {
      const name = next.name.length === 0 ? entry.name : Buffer.concat([next.name, SLASH, entry.name]);
      const found = { entry, name, path: Buffer.concat([next.path, SEPARATOR, entry.name]) };
      const why = entry.isDirectory() ? undefined : await whyNot(found);
      if (entry.isDirectory()) folders.push(found);
      else if (why === undefined) names.push(utf8.decode(name));
      else leftOut.push({ name: showName(name), why, path: found.path });
    }
  }
  return { names, leftOut };
}

/** One line each, the rest only counted: a program can leave any number. */
export function describeLeftOut(leftOut: readonly LeftOut[]): string[] {
  const lines = leftOut.slice(0, MOST_NAMED).map(({ name, why }) => `left out ${name}: ${why}`);
  const more = leftOut.length - lines.length;
  return more > 0 ? [...lines, `left out ${more} more of that kind`] : lines;
}

async function readFolder(path: Buffer, leftOut: LeftOut[], name: Buffer): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(path, { encoding: 'buffer', withFileTypes: true });
  } catch (error) {
    if (name.length === 0) throw error;
    leftOut.push({ name: `${showName(name)}/`, why: 'the folder cannot be read', path });
    return [];
  }
}

async function whyNot({ entry, name, path }: Found): Promise<string | undefined> {
  // A link could lead to any file of this machine; a pipe would be waited for without end.
  if (!entry.isFile()) return `it is ${kindOf(entry)}, only plain files become artifacts`;
  const text = readName(name);
  if (text === undefined) return 'its name is not UTF-8';
  if (/\p{Cc}/u.test(text)) return 'its name has control characters';
  if (text.length > 255) return 'its name is longer than 255 characters';
  if (!ArtifactName.safeParse(text).success) return 'its name is not portable';
  return access(path, constants.R_OK).then(
    () => undefined,
    () => 'it cannot be read',
  );
}

function kindOf(entry: Dirent<Buffer>): string {
  if (entry.isSymbolicLink()) return 'a link';
  if (entry.isFIFO()) return 'a pipe';
  return entry.isSocket() ? 'a socket' : 'a device';
}

function readName(name: Buffer): string | undefined {
  try {
    return utf8.decode(name);
  } catch {
    return undefined;
  }
}

const escaped = (code: number): string => `\\x${code.toString(16).padStart(2, '0')}`;

/** Fit for a line of the log, whatever it is. */
const showName = (name: Buffer): string =>
  readName(name)?.replace(HOSTILE, (char) =>
    char.charCodeAt(0) < 256 ? escaped(char.charCodeAt(0)) : `\\u${char.charCodeAt(0).toString(16)}`,
  ) ??
  [...name].map((byte) => (byte < 32 || byte > 126 ? escaped(byte) : String.fromCharCode(byte))).join('');
