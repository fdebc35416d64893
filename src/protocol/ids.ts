import { z } from 'zod';

/** Crockford base32 without i, l, o, u; the alphabet of the TypeID specification. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

const idOf = <P extends string>(prefix: P) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-7][${ALPHABET}]{25}$`), `must be an id that starts with "${prefix}_"`)
    .brand<P>();

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
 * @param random at least 10 random bytes; the caller owns the source, so ids can be made in a simulation
 */
export function makeId<P extends keyof IdByPrefix>(
  prefix: P,
  now: number,
  random: Uint8Array,
): IdByPrefix[P] {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(now / 2 ** 32));
  view.setUint32(2, now >>> 0);
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return `${prefix}_${encodeBase32(bytes)}` as IdByPrefix[P];
}

/** 128 bits as 26 characters of 5 bits; the first character carries 3. */
function encodeBase32(bytes: Uint8Array): string {
  const codes: number[] = [];
  let carry = 0;
  let bits = 2;
  for (const byte of bytes) {
    carry = (carry << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      codes.push(ALPHABET.charCodeAt((carry >>> bits) & 31));
    }
    carry &= (1 << bits) - 1;
  }
  return String.fromCharCode(...codes);
}

/** Unix milliseconds that an id was made at; NaN when the text is not an id. */
export function timeOfId(id: string): number {
  const suffix = id.slice(id.indexOf('_') + 1);
  let value = 0;
  for (const char of suffix.slice(0, 10)) value = value * 32 + ALPHABET.indexOf(char);
  return suffix.length === 26 ? value : Number.NaN;
}
