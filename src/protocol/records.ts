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

/** Every kind of record the RecordStore keeps: its schema and the fields it can be listed by. */
export const RECORD_KINDS = {
  upload: { schema: Upload, indexes: ['tenant', 'sha256', 'expires_at'] },
  setting: { schema: Setting, indexes: [] },
} as const;
export type RecordKind = keyof typeof RECORD_KINDS;
export type RecordOf<K extends RecordKind> = z.infer<(typeof RECORD_KINDS)[K]['schema']>;
