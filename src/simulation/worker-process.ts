import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import type { AttemptRef } from '../protocol/attempt.ts';
import { CHANNEL_VERSION, type OrchestratorMessage, type WorkerMessage } from '../protocol/channel.ts';
import type { WorkerId } from '../protocol/ids.ts';
import type { WorkerOffer } from '../protocol/worker.ts';
import { runAttempt, upload } from './attempt-run.ts';
import { HeartbeatModel } from './heartbeat-model.ts';
import { callOverHttp } from './http-call.ts';
import type { NetworkLine } from './network-line.ts';
import { RosterModel } from './roster-model.ts';
import type { RunContext } from './run-context.ts';
import type { SimAttempt } from './sim-attempt.ts';
import type { Actor } from './virtual-time.ts';
import { WorkerSocket } from './worker-socket.ts';
import type { World, WriteSeen } from './world.ts';

/** The machine under a worker: what outlives its process. */
export interface Machine {
  readonly worker_id: WorkerId;
  readonly offer: WorkerOffer;
  readonly line: NetworkLine;
  /** Seconds of its clock per true second. */
  readonly rate: number;
}

const HANDSHAKE_MS = 10_000;
const DRAIN_GRACE_MS = 20_000;
const SETTLE_MS = 20_000;

/** One worker process, from its start to its end: the rules of the product's ActiveWorker on a simulated machine. */
export class WorkerProcess {
  readonly actor: Actor;
  readonly #world: World;
  readonly #machine: Machine;
  readonly #bootId: string;
  readonly #roster: RosterModel;
  readonly #heartbeat: HeartbeatModel;
  readonly #running = new Map<SimAttempt, () => void>();
  #socket: WorkerSocket | null = null;
  #ready = false;
  #backoff = 50;
  #beatMs = 10_000;
  #draining = false;
  #listed: readonly string[] = [];

  constructor(world: World, machine: Machine, actor: Actor, bootId: string) {
    this.#world = world;
    this.#machine = machine;
    this.actor = actor;
    this.#bootId = bootId;
    this.#heartbeat = new HeartbeatModel({
      now: () => this.#now(),
      after: (ms, run) => this.#after(ms, run),
      beat: (seq) => this.#beat(seq),
      deaf: () => this.#socket?.terminate(),
      fence: () => this.#roster.fence(),
    });
    this.#roster = new RosterModel(
      {
        send: (message) => this.#send(message),
        mayStart: () => !this.#draining && this.#heartbeat.fresh,
        now: () => this.#now(),
        after: (ms, run) => this.#after(ms, run),
        run: (attempt) => runAttempt(this.#runContext(), attempt),
        reupload: (attempt) => upload(this.#runContext(), attempt),
      },
      machine.offer,
    );
    this.#connect();
  }

  get socket(): WorkerSocket | null {
    return this.#socket;
  }

  get idle(): boolean {
    return this.#roster.attempts.length === 0;
  }

  /** The power button: its code and its children are gone this instant. */
  die(): void {
    this.#socket?.terminate();
    this.actor.alive = false;
    for (const end of this.#running.values()) end();
    this.#running.clear();
  }

  /** C9; `left` is called when it has said good-bye. */
  drain(left: () => void): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#send({ type: 'drain', message: 'the worker drains' });
    this.#roster.leaveAll();
    this.#waitUntil(
      () => this.#roster.count('running') === 0,
      DRAIN_GRACE_MS,
      () => {
        this.#roster.stopAll('preempt');
        this.#waitUntil(
          () => this.idle,
          SETTLE_MS,
          () => {
            if (this.idle) this.#send({ type: 'bye' });
            this.die();
            left();
          },
        );
      },
    );
  }

  #waitUntil(done: () => boolean, limit: number, then: () => void): void {
    if (done() || limit <= 0) then();
    else this.#after(200, () => this.#waitUntil(done, limit - 200, then));
  }

  #now(): number {
    return this.#world.time.now() * this.#machine.rate;
  }

  #after(ms: number, run: () => void): () => void {
    return this.#world.time.after(Math.ceil(ms / this.#machine.rate), this.actor, run);
  }

  #send(message: WorkerMessage): void {
    if (!this.#ready) return;
    if (message.type !== 'beat') this.#world.trace.write(this.actor.name, `says ${message.type}`);
    this.#socket?.send(message);
  }

  #connect(): void {
    const host = this.#world.chooseHost();
    if (host === null) {
      this.#again();
      return;
    }
    let helloSentAt = 0;
    const impatient = this.#after(HANDSHAKE_MS, () => this.#socket?.terminate());
    this.#socket = new WorkerSocket(this.#world, this.#machine.line, this.actor, host, {
      opened: () => {
        helloSentAt = this.#now();
        this.#socket?.send(this.#hello());
      },
      received: (message) => {
        impatient();
        this.#receive(message, helloSentAt);
      },
      closed: () => {
        impatient();
        this.#socket = null;
        if (this.#ready) this.#heartbeat.pause();
        this.#ready = false;
        if (this.actor.alive) this.#again();
      },
    });
  }

  #again(): void {
    const wait = this.#backoff * (0.5 + this.#world.random.next() / 2);
    this.#backoff = Math.min(2000, this.#backoff * 2);
    this.#after(wait, () => this.#connect());
  }

  #hello(): WorkerMessage {
    this.#listed = this.#roster.attempts.map((attempt) => attempt.ref.nonce);
    return {
      type: 'hello',
      channel: CHANNEL_VERSION,
      worker_id: this.#machine.worker_id,
      boot_id: this.#bootId,
      offer: this.#machine.offer,
      live: this.#roster.attempts.map((attempt) => attempt.ref),
    };
  }

  #receive(message: OrchestratorMessage, helloSentAt: number): void {
    switch (message.type) {
      case 'welcome':
        this.#welcome(message, helloSentAt);
        break;
      case 'assign':
        this.#roster.assign(message.assignments);
        break;
      case 'beat_reply':
        this.#heartbeat.answered(message.seq);
        this.#roster.obey(message.directives);
        break;
      case 'directive':
        this.#roster.direct(message.attempt, message.directive, message.left_ms);
        break;
      case 'settled':
        this.#maybeSaysOtherwise(message.attempt);
        this.#roster.settled(message.attempt, message.verdict);
        break;
      case 'refused':
        break;
    }
  }

  #welcome(message: Extract<OrchestratorMessage, { type: 'welcome' }>, helloSentAt: number): void {
    this.#ready = true;
    this.#backoff = 50;
    this.#beatMs = message.beat_ms;
    this.#heartbeat.begin(message, helloSentAt);
    for (const ref of message.abandon) this.#roster.direct(ref, 'abandon');
    if (this.#draining) this.#send({ type: 'drain', message: 'the worker drains' });
    this.#roster.repeat();
    this.#roster.confirm(this.#listed);
  }

  /** A fault: a second outcome for an attempt that has one. */
  #maybeSaysOtherwise(attempt: AttemptRef): void {
    const { random, profile, faulty } = this.#world;
    if (!faulty || !random.chance(profile.second_outcome)) return;
    this.#world.count('second outcome');
    this.#send({ type: 'outcome', attempt, outcome: { status: 'preempted', message: 'it says otherwise' } });
  }

  #beat(seq: number): void {
    this.#send({ type: 'beat', seq, attempts: this.#roster.attempts.map((attempt) => attempt.progressLine) });
    this.#roster.repeatOutcomes(2 * this.#beatMs);
  }

  #runContext(): RunContext {
    return {
      random: this.#world.random,
      after: (ms, run) => this.#after(ms, run),
      pause: (ms) => new Promise((resolve) => this.#after(ms, resolve)),
      started: (attempt) => this.#send({ type: 'started', attempts: [attempt.ref] }),
      progressed: () => this.#heartbeat.hurry(),
      executing: (attempt, runs) => this.#executing(attempt, runs),
      stage: (attempt, name, bytes) =>
        this.#fenced('artifact', attempt, async (face) => {
          await face.stageArtifact(attempt.ref, name, Readable.from([bytes]));
          return { length: bytes.length };
        }),
      now: () => this.#now(),
      save: async (attempt, seq, name, bytes) => {
        await this.#fenced('checkpoint', attempt, async (face) => {
          await face.stageCheckpoint(attempt.ref, seq, name, Readable.from([bytes]));
          return { length: bytes.length };
        });
      },
      commit: (attempt, seq, files) =>
        this.#ask((face) => face.commitCheckpoint(attempt.ref, seq, { files })),
      read: (attempt, name) =>
        this.#ask(async (face) => text((await face.openResume(attempt.ref, name)).body)),
      append: (attempt, offset, chunk) =>
        this.#fenced('log', attempt, (face) => face.appendLog(attempt.ref, offset, chunk)),
    };
  }

  #ask<T>(work: (face: Orchestrator) => Promise<T>): Promise<T> {
    return callOverHttp(this.#world, this.#machine.line, this.actor, work);
  }

  #fenced(
    kind: WriteSeen['kind'],
    attempt: SimAttempt,
    write: Parameters<typeof callOverHttp<{ readonly length: number }>>[3],
  ): Promise<{ readonly length: number }> {
    return this.#ask((face) => this.#world.watch.fenced(kind, attempt.ref, () => write(face)));
  }

  #executing(attempt: SimAttempt, runs: boolean): void {
    if (!runs) {
      this.#running.get(attempt)?.();
      this.#running.delete(attempt);
      return;
    }
    const { executions, watch } = this.#world;
    const execution = {
      ref: attempt.ref,
      worker: this.#machine.worker_id,
      actor: this.actor,
      excusedUntil: 0,
    };
    const here = executions.get(attempt.ref.job_id) ?? new Set();
    executions.set(attempt.ref.job_id, here.add(execution));
    watch.began(execution);
    this.#running.set(attempt, () => here.delete(execution));
  }
}
