import { z } from 'zod';

/** Crockford base32 without i, l, o, u; the alphabet of the TypeID specification. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

const patternOf = (prefix: string): RegExp => new RegExp(`^${prefix}_[0-7][${ALPHABET}]{25}$`);
/** What a job's id looks like. */
export const JOB_ID = patternOf('job');

const idOf = <P extends string>(prefix: P) =>
  z.string().regex(patternOf(prefix), `must be an id that starts with "${prefix}_"`).brand<P>();

export const JobId = idOf('job');
export const WorkerId = idOf('wrk');
export const ArtifactId = idOf('art');
export const UploadId = idOf('upl');
export const GroupId = idOf('grp');
export type JobId = z.infer<typeof JobId>;
export type WorkerId = z.infer<typeof WorkerId>;
export type ArtifactId = z.infer<typeof ArtifactId>;
export type UploadId = z.infer<typeof UploadId>;
export type GroupId = z.infer<typeof GroupId>;

interface IdByPrefix {
  req: string;
  job: JobId;
  wrk: WorkerId;
  art: ArtifactId;
  upl: UploadId;
  grp: GroupId;
}

/**
 * A prefixed, time-sortable id: UUIDv7 (RFC 9562 §5.7) written as a TypeID suffix.
 * @param now Unix time in milliseconds
 * @param random at least 10 random bytes from `at` on; the caller owns the source, so ids can be made in a simulation
 */
export function makeId<P extends keyof IdByPrefix>(
  prefix: P,
  now: number,
  random: Uint8Array,
  at = 0,
): IdByPrefix[P] {
  const byte = (index: number): number => random[at + index] ?? 0;
  // The version (7) and the variant take six bits.
  const upper = group(0x70 | (byte(0) & 0x0f), byte(1), 0x80 | (byte(2) & 0x3f), byte(3), byte(4));
  const lower = group(byte(5), byte(6), byte(7), byte(8), byte(9));
  return `${prefix}_${timeText(now)}${upper}${lower}` as IdByPrefix[P];
}

/** Random bytes of an id. */
export const ID_BYTES = 10;

/** Ten bits as two characters. */
const PAIRS = Array.from({ length: 1024 }, (_, bits) => `${ALPHABET[bits >>> 5]}${ALPHABET[bits & 31]}`);

/** 40 bits as 8 characters. */
function group(a: number, b: number, c: number, d: number, e: number): string {
  const first = `${PAIRS[(a << 2) | (b >>> 6)]}${PAIRS[((b & 63) << 4) | (c >>> 4)]}`;
  return `${first}${PAIRS[((c & 15) << 6) | (d >>> 2)]}${PAIRS[((d & 3) << 8) | e]}`;
}

let lastTime = Number.NaN;
let lastText = '';

/** 48 bits: 128 bits are 26 characters, so the first one carries 3. The jobs of a batch share their time. */
function timeText(now: number): string {
  if (now !== lastTime) {
    const high = Math.floor(now / 2 ** 32);
    const low = now >>> 0;
    const rest = group(high & 255, low >>> 24, (low >>> 16) & 255, (low >>> 8) & 255, low & 255);
    lastTime = now;
    lastText = `${PAIRS[high >>> 8]}${rest}`;
  }
  return lastText;
}

/** Unix milliseconds that an id was made at; NaN when the text is not an id. */
export function timeOfId(id: string): number {
  const suffix = id.slice(id.indexOf('_') + 1);
  let value = 0;
  for (const char of suffix.slice(0, 10)) value = value * 32 + ALPHABET.indexOf(char);
  return suffix.length === 26 ? value : Number.NaN;
}
