import type { Readable } from 'node:stream';
import type { BlobFacts } from '../blobs/blob-store.ts';
import type { AttemptRef, StagedInput } from '../protocol/attempt.ts';
import { HiveError } from '../protocol/errors.ts';
import { ArtifactId, makeId, UploadId } from '../protocol/ids.ts';
import type { Upload } from '../protocol/records.ts';
import { requireCurrent } from './attempt-fence.ts';
import type { Deps } from './deps.ts';
import type { Caller, Content } from './orchestrator.ts';

/** How long uploaded bytes wait to be named by a job. */
const UPLOAD_TTL_MS = 24 * 3_600_000;

const uploadKey = (id: UploadId): string => `uploads/${id}`;

export async function createUpload(
  deps: Deps,
  body: Readable,
  facts: {
    readonly name: string;
    readonly content_type: string;
    readonly expect?: Partial<BlobFacts> | undefined;
  },
  caller: Caller,
): Promise<Upload> {
  const now = deps.time.now();
  const id = makeId('upl', now, deps.randomBytes(10));
  const stored = await deps.blobs.stage(uploadKey(id), body);
  const { expect } = facts;
  if (
    (expect?.size !== undefined && expect.size !== stored.size) ||
    (expect?.sha256 !== undefined && expect.sha256 !== stored.sha256)
  ) {
    await deps.blobs.unstage(uploadKey(id));
    throw new HiveError(
      'content_mismatch',
      `received ${stored.size} bytes with sha256 ${stored.sha256}, which is not what was declared`,
      { hint: 'send the file again' },
    );
  }
  const upload: Upload = {
    id,
    tenant: caller.tenant,
    name: facts.name,
    size: stored.size,
    sha256: stored.sha256,
    content_type: facts.content_type,
    created_at: new Date(now).toISOString(),
    expires_at: new Date(now + UPLOAD_TTL_MS).toISOString(),
  };
  await deps.store.records.put('upload', id, upload, 0);
  return upload;
}

export async function getUpload(deps: Deps, id: UploadId, caller: Caller): Promise<Upload> {
  const found = await deps.store.records.get('upload', id);
  const live =
    found !== null &&
    found.value.tenant === caller.tenant &&
    Date.parse(found.value.expires_at) > deps.time.now();
  if (!live)
    throw new HiveError('upload_not_found', `there is no upload ${id}`, {
      hint: 'uploads are kept for 24 hours',
    });
  return found.value;
}

export async function removeUpload(deps: Deps, id: UploadId, caller: Caller): Promise<void> {
  await getUpload(deps, id, caller);
  await deps.store.records.remove('upload', id);
  await deps.blobs.unstage(uploadKey(id));
}

/** Removes uploads whose time is over; answers how many. */
export async function removeExpiredUploads(deps: Deps): Promise<number> {
  const now = deps.time.now();
  let removed = 0;
  let after: string | undefined;
  do {
    const page = await deps.store.records.list('upload', { after, limit: 200 });
    for (const { id, value } of page.records) {
      if (Date.parse(value.expires_at) > now) continue;
      await deps.store.records.remove('upload', id);
      await deps.blobs.unstage(uploadKey(value.id));
      removed++;
    }
    after = page.next ?? undefined;
  } while (after !== undefined);
  return removed;
}

/** Fixes every file an input names by its content, so that the job reads the same bytes whatever happens to the name. */
export function pinFiles(
  deps: Deps,
  files: Readonly<Record<string, string>>,
  caller: Caller,
): Promise<StagedInput[]> {
  return Promise.all(Object.entries(files).map(([name, ref]) => pinFile(deps, name, ref, caller)));
}

async function pinFile(deps: Deps, name: string, ref: string, caller: Caller): Promise<StagedInput> {
  const upload = UploadId.safeParse(ref);
  if (upload.success) {
    const { size, sha256 } = await getUpload(deps, upload.data, caller);
    await deps.blobs.promote(uploadKey(upload.data), sha256);
    return { name, ref, size, sha256 };
  }
  const artifact = ArtifactId.safeParse(ref);
  if (artifact.success) {
    const found = await deps.store.jobs.getJob({ artifact: artifact.data });
    const entry = found?.job.artifacts.find((candidate) => candidate.id === ref);
    if (found === null || found.job.tenant !== caller.tenant || entry === undefined) {
      throw new HiveError('artifact_not_found', `there is no artifact ${ref}`);
    }
    return { name, ref, size: entry.size, sha256: entry.sha256 };
  }
  throw new HiveError(
    'invalid_input',
    `file "${name}": "${ref}" is neither an upload id (upl_…) nor an artifact id (art_…)`,
    {
      hint: 'POST /v1/uploads first, or write key=@path at the command line',
    },
  );
}

/** A pinned input of the attempt's job, for its worker. */
export async function openInput(deps: Deps, attempt: AttemptRef, name: string): Promise<Content> {
  const job = await requireCurrent(deps, attempt);
  const file = job.files.find((candidate) => candidate.name === name);
  const body = file === undefined ? null : await deps.blobs.read(file.sha256);
  if (file === undefined || body === null)
    throw new HiveError('not_found', `job ${job.id} has no input file "${name}"`);
  return { body, size: file.size, sha256: file.sha256, name, content_type: 'application/octet-stream' };
}
