import type { Readable } from 'node:stream';
import type { BlobFacts } from '../blobs/blob-store.ts';
import type { AttemptRef, CheckpointManifest } from '../protocol/attempt.ts';
import type { OrchestratorMessage, WorkerMessage } from '../protocol/channel.ts';
import type { HiveEvent } from '../protocol/event.ts';
import type { Explanation } from '../protocol/explain.ts';
import type { Group, GroupSubmitInput } from '../protocol/group.ts';
import type { ArtifactId, GroupId, JobId, UploadId, WorkerId } from '../protocol/ids.ts';
import type { Artifact, Job, JobPatch, JobState, JobSubmitInput, Progress } from '../protocol/job.ts';
import type { Manifest } from '../protocol/manifest.ts';
import type { Quota, Upload } from '../protocol/records.ts';
import type { Worker, WorkerPatch } from '../protocol/worker.ts';

/** Who asks. Every read and write is the tenant's own. */
export interface Caller {
  readonly tenant: string;
  readonly principal: string;
}

export interface SubmitOptions {
  /** C6: the header `Idempotency-Key`, 1–255 visible characters. */
  readonly idempotencyKey?: string | undefined;
  /** Puts all of them into this group, or none. */
  readonly group_id?: GroupId | undefined;
}
/** Per submitted job: what became of it, or the problem (a HiveError) that refused it alone. */
export type Submitted =
  | { readonly id: JobId; readonly job: Job; readonly replayed: boolean }
  | { readonly error: Error };

export interface Page<T> {
  readonly data: T[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}
export interface JobListQuery {
  readonly state?: readonly JobState[] | undefined;
  readonly module?: string | undefined;
  readonly worker?: WorkerId | undefined;
  readonly group?: GroupId | undefined;
  /** `key=value`, all must hold */
  readonly labels?: readonly string[] | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export type JobNotice =
  | { readonly kind: 'state'; readonly seq: number; readonly type: string; readonly job: Job }
  | { readonly kind: 'progress'; readonly progress: Progress };
export type EventNotice =
  | { readonly kind: 'event'; readonly event: HiveEvent }
  /** The cursor lies before the kept history; the reader starts again at `next`. */
  | { readonly kind: 'gap'; readonly missed_from: number; readonly next: number };

export interface Content {
  readonly body: Readable;
  readonly size: number;
  readonly sha256: string;
  readonly name: string;
  readonly content_type: string;
}
export interface Range {
  /** first byte */
  readonly start: number;
  /** last byte, inclusive; undefined = to the end. A negative start counts from the end, as in `bytes=-500`. */
  readonly end?: number | undefined;
}
export interface Ranged extends Content {
  /** What is sent, when a range was asked for. */
  readonly range: { readonly start: number; readonly end: number } | null;
}

export interface LogQuery {
  /** epoch; the latest when left out */
  readonly attempt?: number | undefined;
  /** byte offset to start at; negative counts from the end */
  readonly after: number;
}
export interface LogChunk {
  readonly attempt: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** One open worker socket, as the orchestrator speaks to it. */
export interface WorkerLink {
  send(message: OrchestratorMessage): void;
  close(code: number, reason: string): void;
}
/** What the channel calls; it never throws for what a worker sent: it answers `refused` and closes. */
export interface WorkerChannel {
  receive(message: WorkerMessage): void;
  closed(): void;
}

export interface Stats {
  readonly jobs: Readonly<Record<JobState, number>>;
  readonly workers: Readonly<Record<string, number>>;
  readonly slots: { readonly total: number; readonly used: number };
  readonly uptime_seconds: number;
  /** of the orchestrator's own process */
  readonly process: { readonly rss_bytes: number; readonly cpu_seconds: number };
}

/** The running control plane. Expected refusals are thrown as HiveError; list items carry theirs. */
export interface Orchestrator {
  submitJobs(
    bodies: readonly JobSubmitInput[],
    caller: Caller,
    options?: SubmitOptions,
  ): Promise<readonly Submitted[]>;
  getJob(id: JobId, caller: Caller): Promise<Job>;
  listJobs(query: JobListQuery, caller: Caller): Promise<Page<Job>>;
  /** Resolves with the job when it is terminal, or as it stands after `ms`. */
  waitForJob(id: JobId, ms: number, caller: Caller, signal?: AbortSignal): Promise<Job>;
  cancelJob(
    id: JobId,
    caller: Caller,
  ): Promise<{ readonly result: 'canceled' | 'canceling' | 'already'; readonly job: Job }>;
  /** All jobs of the group or none; a refusal names the job. */
  submitGroup(
    submit: GroupSubmitInput,
    caller: Caller,
    options?: SubmitOptions,
  ): Promise<{ readonly group: Group; readonly replayed: boolean }>;
  /** Resolves when every job has ended, or with the group as it stands after `ms`. */
  waitForGroup(id: GroupId, ms: number, caller: Caller, signal?: AbortSignal): Promise<Group>;
  cancelGroup(id: GroupId, caller: Caller): Promise<{ readonly canceled: number; readonly group: Group }>;
  /** A new job with the same submit and `retry_of`; only for terminal jobs. */
  /** A new job with the same submit; the same key again answers the same new job. */
  retryJob(
    id: JobId,
    caller: Caller,
    options?: Pick<SubmitOptions, 'idempotencyKey'>,
  ): Promise<{ readonly job: Job; readonly replayed: boolean }>;
  patchJob(id: JobId, patch: JobPatch, caller: Caller): Promise<Job>;
  explainJob(id: JobId, caller: Caller): Promise<Explanation>;
  /** The states since `after` (then new ones as they come) and progress; ends after the terminal state. */
  followJob(id: JobId, after: number | null, caller: Caller, signal: AbortSignal): AsyncIterable<JobNotice>;

  /** Events after the cursor (null = from now on), then new ones as they come. */
  followEvents(after: number | null, caller: Caller, signal: AbortSignal): AsyncIterable<EventNotice>;

  listArtifacts(id: JobId, caller: Caller): Promise<Artifact[]>;
  openArtifact(
    key: ArtifactId | { readonly job: JobId; readonly name: string },
    caller: Caller,
    range?: Range,
  ): Promise<Ranged>;

  /** What is logged so far from the offset. */
  readLog(id: JobId, query: LogQuery, caller: Caller): Promise<LogChunk>;
  /** As readLog, then what comes, until the attempt ends. */
  followLog(id: JobId, query: LogQuery, caller: Caller, signal: AbortSignal): AsyncIterable<LogChunk>;

  createUpload(
    body: Readable,
    facts: {
      readonly name: string;
      readonly content_type: string;
      readonly expect?: Partial<BlobFacts> | undefined;
    },
    caller: Caller,
  ): Promise<Upload>;
  getUpload(id: UploadId, caller: Caller): Promise<Upload>;
  removeUpload(id: UploadId, caller: Caller): Promise<void>;

  listModules(): readonly Manifest[];
  getModule(name: string): Manifest;
  listWorkers(caller: Caller): Promise<Worker[]>;
  getWorker(id: WorkerId, caller: Caller): Promise<Worker>;
  patchWorker(id: WorkerId, patch: WorkerPatch, caller: Caller): Promise<Worker>;
  listQuotas(caller: Caller): Promise<Quota[]>;
  putQuota(quota: Quota, caller: Caller): Promise<Quota>;
  removeQuota(tenant: string, caller: Caller): Promise<void>;
  stats(caller: Caller): Promise<Stats>;
  /** Whether the store and the blobs answer; each problem in words. */
  readiness(): Promise<readonly string[]>;

  /** A worker's socket opened. */
  connectWorker(link: WorkerLink): WorkerChannel;
  /** The fenced writes and reads of an attempt over HTTP; stale → HiveError `lease_lost`. */
  stageArtifact(attempt: AttemptRef, name: string, body: Readable): Promise<BlobFacts>;
  stageCheckpoint(attempt: AttemptRef, seq: number, name: string, body: Readable): Promise<BlobFacts>;
  /** C9: from now on the job's next attempt goes on from these files. */
  commitCheckpoint(attempt: AttemptRef, seq: number, manifest: CheckpointManifest): Promise<void>;
  openResume(attempt: AttemptRef, name: string): Promise<Content>;
  appendLog(attempt: AttemptRef, offset: number, chunk: Uint8Array): Promise<{ readonly length: number }>;
  openInput(attempt: AttemptRef, name: string): Promise<Content>;

  start(): Promise<void>;
  /** Stops its loops and tells the workers; running attempts go on and meet the next orchestrator inside their lease. */
  stop(): Promise<void>;
}
