import { join } from 'node:path';

const PIECE = 200;

/**
 * A key segment as a file name: only a-z 0-9 _ - stay, every other byte is `%xx`. So no segment is `..`, hidden, or
 * equal to another on a file system that ignores case; and a prefix of a segment stays a prefix of its name.
 */
function encodeSegment(segment: string): string {
  let name = '';
  for (const byte of Buffer.from(segment, 'utf8')) {
    const char = String.fromCharCode(byte);
    name += /[a-z0-9_-]/.test(char) ? char : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return name;
}

/** The segment that a whole name stands for. */
export function decodeSegment(name: string): string {
  const bytes =
    name === '%' ? '' : name.replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Names longer than a file system takes go on in a folder whose name ends in `+`, which no other name does. */
function segmentPath(segment: string): string[] {
  const name = encodeSegment(segment);
  const parts: string[] = [];
  for (let at = 0; at < name.length; at += PIECE) parts.push(name.slice(at, at + PIECE));
  return (parts.length === 0 ? ['%'] : parts).map((part, i, all) => (i < all.length - 1 ? `${part}+` : part));
}

const foldersOf = (key: string) => key.split('/').flatMap(segmentPath);

/** Where a key's file lies under `root`. The ending keeps a file apart from a folder of the same name. */
export const pathOfKey = (root: string, key: string, ending: string): string =>
  `${join(root, ...foldersOf(key))}.${ending}`;

/** The folder that holds every key with this prefix, and how their names in it begin. */
export function placeOfPrefix(root: string, prefix: string): { folder: string; start: string } {
  const cut = prefix.lastIndexOf('/');
  const above = cut < 0 ? [] : foldersOf(prefix.slice(0, cut));
  const rest = prefix.slice(cut + 1);
  const parts = rest === '' ? [''] : segmentPath(rest);
  return { folder: join(root, ...above, ...parts.slice(0, -1)), start: parts.at(-1) ?? '' };
}
