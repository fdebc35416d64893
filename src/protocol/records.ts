import { z } from 'zod';
import { UploadId } from './ids.ts';

/** Uploaded bytes that a job's input may name until they expire. */
export const Upload = z
  .object({
    id: UploadId,
    tenant: z.string(),
    name: z.string(),
    size: z.number().int(),
    sha256: z.string(),
    content_type: z.string(),
    created_at: z.string(),
    expires_at: z.string(),
  })
  .meta({ id: 'Upload' });
export type Upload = z.infer<typeof Upload>;

const Setting = z.object({ id: z.string(), value: z.unknown() });

const bound = z.number().int().min(0).max(10_000_000).nullable();
/** What a tenant may have at most; null is no bound. */
export const Quota = z
  .object({
    id: z.string().min(1).max(128).describe('the tenant'),
    max_running: bound.describe('jobs that hold a worker at once'),
    max_waiting: bound.describe('jobs that wait; a submit above it is refused'),
  })
  .meta({ id: 'Quota' });
export type Quota = z.infer<typeof Quota>;

/** Every kind of record the RecordStore keeps: its schema and the fields it can be listed by. */
export const RECORD_KINDS = {
  upload: { schema: Upload, indexes: ['tenant', 'sha256', 'expires_at'] },
  quota: { schema: Quota, indexes: [] },
  setting: { schema: Setting, indexes: [] },
} as const;
export type RecordKind = keyof typeof RECORD_KINDS;
export type RecordOf<K extends RecordKind> = z.infer<(typeof RECORD_KINDS)[K]['schema']>;
