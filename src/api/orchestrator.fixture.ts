import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type * as face from '../orchestrator/orchestrator.ts';
import type { AttemptRef, CheckpointManifest } from '../protocol/attempt.ts';
import type { OrchestratorMessage, WorkerMessage } from '../protocol/channel.ts';
import { HiveError } from '../protocol/errors.ts';
import type { UploadId, WorkerId } from '../protocol/ids.ts';
import type { Quota, Upload } from '../protocol/records.ts';
import type { Worker, WorkerPatch } from '../protocol/worker.ts';
import { FakeJobs, sha256 } from './jobs.fixture.ts';
import { cube, idOf, NOW, sampleWorker } from './samples.fixture.ts';

/** The least orchestrator that the routes can be tried on. */
export class FakeOrchestrator extends FakeJobs implements face.Orchestrator {
  readonly uploads = new Map<string, Upload>();
  readonly quotas = new Map<string, Quota>();
  readonly workers = new Map<string, Worker>();
  readonly staged: { attempt: AttemptRef; name: string; bytes: Buffer }[] = [];
  readonly committed: { attempt: AttemptRef; seq: number; manifest: CheckpointManifest }[] = [];
  readonly received: WorkerMessage[] = [];
  readonly links: face.WorkerLink[] = [];
  readonly problems: string[] = [];
  closedChannels = 0;
  pendingUploads = 0;

  addWorker(): Worker {
    const worker = sampleWorker();
    this.workers.set(worker.id, worker);
    return worker;
  }

  async createUpload(
    body: Readable,
    facts: { name: string; content_type: string; expect?: { size?: number; sha256?: string } | undefined },
  ) {
    this.pendingUploads += 1;
    try {
      const bytes = await buffer(body);
      const { expect = {}, name, content_type } = facts;
      if (
        (expect.size ?? bytes.length) !== bytes.length ||
        (expect.sha256 ?? sha256(bytes)) !== sha256(bytes)
      ) {
        throw new HiveError('content_mismatch', 'Not what was declared.');
      }
      const upload: Upload = {
        ...{
          id: idOf('upl'),
          tenant: 'default',
          name,
          content_type,
          size: bytes.length,
          sha256: sha256(bytes),
        },
        ...{ created_at: NOW, expires_at: NOW },
      };
      this.uploads.set(upload.id, upload);
      return upload;
    } finally {
      this.pendingUploads -= 1;
    }
  }

  async getUpload(id: UploadId) {
    const upload = this.uploads.get(id);
    if (upload === undefined) throw new HiveError('upload_not_found', 'There is no such upload.');
    return upload;
  }

  async removeUpload(id: UploadId) {
    await this.getUpload(id);
    this.uploads.delete(id);
  }

  listModules() {
    return [cube];
  }

  getModule(name: string) {
    if (name !== cube.name)
      throw new HiveError('unknown_module', `There is no module ${name}.`, { hint: 'demo.cube' });
    return cube;
  }

  async listWorkers() {
    return [...this.workers.values()];
  }

  async getWorker(id: WorkerId) {
    const worker = this.workers.get(id);
    if (worker === undefined) throw new HiveError('worker_not_found', 'There is no such worker.');
    return worker;
  }

  async patchWorker(id: WorkerId, patch: WorkerPatch) {
    const worker = { ...(await this.getWorker(id)), state: patch.state };
    this.workers.set(id, worker);
    return worker;
  }

  async submitGroup(): Promise<never> {
    throw new HiveError('internal', 'The stand-in has no groups.');
  }

  async waitForGroup(): Promise<never> {
    throw new HiveError('group_not_found', 'There is no such group.');
  }

  async cancelGroup(): Promise<never> {
    throw new HiveError('group_not_found', 'There is no such group.');
  }

  async listQuotas() {
    return [...this.quotas.values()];
  }

  async putQuota(quota: Quota) {
    this.quotas.set(quota.id, quota);
    return quota;
  }

  async removeQuota(tenant: string) {
    this.quotas.delete(tenant);
  }

  async stats(): Promise<face.Stats> {
    const zero = { blocked: 0, queued: 0, starting: 0, running: 0, succeeded: 0 };
    const jobs = { ...zero, failed: 0, canceled: 0, expired: 0, quarantined: 0 };
    const { rss } = process.memoryUsage();
    return {
      ...{ jobs, workers: {}, slots: { total: 0, used: 0 }, uptime_seconds: process.uptime() },
      process: { rss_bytes: rss, cpu_seconds: process.cpuUsage().user / 1e6 },
    };
  }

  async readiness() {
    return this.problems;
  }

  connectWorker(link: face.WorkerLink): face.WorkerChannel {
    this.links.push(link);
    return {
      receive: (message) => {
        this.check();
        this.received.push(message);
        this.changed();
      },
      closed: () => {
        this.closedChannels += 1;
        this.changed();
      },
    };
  }

  say(message: OrchestratorMessage): void {
    for (const link of this.links) link.send(message);
  }

  async stageArtifact(attempt: AttemptRef, name: string, body: Readable) {
    const bytes = await buffer(body);
    this.check();
    this.staged.push({ attempt, name, bytes });
    return { size: bytes.length, sha256: sha256(bytes) };
  }

  async stageCheckpoint(attempt: AttemptRef, seq: number, name: string, body: Readable) {
    return this.stageArtifact(attempt, `${seq}/${name}`, body);
  }

  async commitCheckpoint(attempt: AttemptRef, seq: number, manifest: CheckpointManifest) {
    this.check();
    this.committed.push({ attempt, seq, manifest });
  }

  async openResume(attempt: AttemptRef, name: string) {
    return this.openInput(attempt, `resume/${name}`);
  }

  async appendLog(_attempt: AttemptRef, offset: number, chunk: Uint8Array) {
    if (offset !== this.log.length)
      throw new HiveError('offset_conflict', `The log ends at ${this.log.length}.`);
    this.log = Buffer.concat([this.log, chunk]);
    this.changed();
    return { length: this.log.length };
  }

  async openInput(_attempt: AttemptRef, name: string) {
    const bytes = Buffer.from(`input ${name}`);
    const facts = { size: bytes.length, sha256: sha256(bytes), name, content_type: 'text/plain' };
    return { ...facts, body: Readable.from([bytes]) };
  }

  async start() {}
  async stop() {}
}
