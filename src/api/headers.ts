import { createHash } from 'node:crypto';
import type { Range } from '../orchestrator/orchestrator.ts';
import { HiveError } from '../protocol/errors.ts';

type Header = string | string[] | undefined;
const one = (header: Header): string => (Array.isArray(header) ? header.join(', ') : (header ?? ''));

/** Seconds of `Prefer: wait=n` (RFC 7240); undefined when it is not asked for. */
export function readPreferWait(header: Header): number | undefined {
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})/i.exec(one(header))?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

/** `Prefer: return=minimal` (RFC 7240). */
export const prefersMinimal = (header: Header): boolean =>
  /(?:^|[,;\s])return\s*=\s*"?minimal/i.test(one(header));

export const etagOf = (text: string): string =>
  `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;

/** Whether `If-None-Match` or `If-Match` names the tag; weak and strong tags are alike here. */
export function namesTag(header: Header, etag: string): boolean {
  const text = one(header);
  return text.trim() === '*' || text.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** The first range of `Range: bytes=…`; undefined = the whole (no range, another unit, several, or no syntax of ours). */
export function readRange(header: Header): Range | undefined {
  const found = /^bytes=\s*(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))\s*$/.exec(one(header));
  if (found === null) return undefined;
  const [, first, last, suffix] = found;
  // The last 0 bytes are a range that no content has.
  if (suffix !== undefined)
    return { start: Number(suffix) === 0 ? Number.MAX_SAFE_INTEGER : -Number(suffix) };
  const range = { start: Number(first), ...(last !== undefined && { end: Number(last) }) };
  return last !== undefined && range.start > Number(last) ? undefined : range;
}

/** `attachment; filename="…"; filename*=UTF-8''…` (RFC 6266) of a name's last part. */
export function attachmentOf(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const plain = base.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  if (plain === base) return `attachment; filename="${plain}"`;
  const exact = encodeURIComponent(base.replace(/\p{Surrogate}/gu, '_')).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}

/** The hash a sender declares by `?sha256=` or `Content-Digest: sha-256=:…:` (RFC 9530). */
export function readDigest(header: Header, query: string | undefined): string | undefined {
  if (query !== undefined) return query;
  if (header === undefined) return undefined;
  const found = /(?:^|[,\s])sha-256=:([A-Za-z0-9+/]{43}=):/i.exec(one(header))?.[1];
  if (found !== undefined) return Buffer.from(found, 'base64').toString('hex');
  throw new HiveError('invalid_request', 'Content-Digest must hold sha-256=:BASE64:.', {
    errors: [{ pointer: 'content-digest', message: 'must hold sha-256=:BASE64:' }],
  });
}
