import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CHANNEL_VERSION, type OrchestratorMessage, type WorkerMessage } from '../protocol/channel.ts';
import type { WorkerId } from '../protocol/ids.ts';
import type { WorkerOffer } from '../protocol/worker.ts';
import { AttemptApi } from './attempt-api.ts';
import { DEFAULTS, type WorkerConfig } from './config.ts';
import { Heartbeat } from './heartbeat.ts';
import { InputCache } from './input-cache.ts';
import { Link } from './link.ts';
import { Roster } from './roster.ts';
import type { RunningWorker, WorkerEnd } from './running-worker.ts';
import type { WarmSandbox } from './sandbox/warm.ts';
import type { StateFolder } from './state-folder.ts';

/** How long the last outcomes may take to be settled before the worker leaves without the answers. */
const SETTLE_MS = 20_000;
const KILL_SETTLE_MS = 1500;

export class ActiveWorker implements RunningWorker {
  readonly name: string;
  readonly stateDir: string;
  readonly offer: WorkerOffer;
  readonly online: Promise<WorkerId>;
  readonly ended: Promise<WorkerEnd>;
  readonly #config: WorkerConfig;
  readonly #state: StateFolder;
  readonly #sandbox: WarmSandbox;
  readonly #api: AttemptApi;
  readonly #roster: Roster;
  readonly #heartbeat: Heartbeat;
  readonly #link: Link;
  readonly #bootId = randomUUID();
  #workerId: WorkerId | undefined;
  #connected = false;
  #draining: string | null = null;
  #ending = false;
  #beatMs: number = 10_000;
  /** Nonces of the last hello's attempts. */
  #listed: readonly string[] = [];
  #wakers: (() => void)[] = [];
  #resolveOnline: (id: WorkerId) => void = () => {};
  #resolveEnded: (end: WorkerEnd) => void = () => {};

  constructor(
    config: WorkerConfig,
    state: StateFolder,
    sandbox: WarmSandbox,
    offer: WorkerOffer,
    workerId: WorkerId | undefined,
  ) {
    this.name = offer.name;
    this.stateDir = state.path;
    this.offer = offer;
    this.#config = config;
    this.#state = state;
    this.#sandbox = sandbox;
    this.#workerId = workerId;
    this.online = new Promise((resolve) => {
      this.#resolveOnline = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#api = new AttemptApi(config.url);
    this.#roster = this.#makeRoster();
    this.#heartbeat = new Heartbeat({
      beat: (seq) => this.#beat(seq),
      deaf: () => this.#link.drop(),
      fence: () => this.#fence(),
    });
    this.#link = new Link(
      config.url,
      {
        hello: () => this.#hello(),
        receive: (message, helloSentAt) => this.#receive(message, helloSentAt),
        lost: () => {
          this.#connected = false;
          this.#heartbeat.pause();
        },
      },
      config.log,
    );
  }

  begin(): void {
    void this.#link.run();
  }

  workerId(): WorkerId | undefined {
    return this.#workerId;
  }

  status(): ReturnType<RunningWorker['status']> {
    return {
      connected: this.#connected,
      draining: this.#draining !== null,
      queued: this.#roster.count('queued'),
      running: this.#roster.count('running'),
      unsettled: this.#roster.count('ended'),
    };
  }

  async drain(
    message: string,
    graceMs = this.#config.drainGraceMs ?? DEFAULTS.drainGraceMs,
  ): Promise<WorkerEnd> {
    if (this.#draining !== null || this.#ending) return this.ended;
    this.#draining = message;
    this.#config.log('info', 'draining', { message, grace_ms: graceMs });
    this.#link.send({ type: 'drain', message });
    this.#roster.leaveAll(message);
    await this.#until(() => this.#roster.count('running') === 0, graceMs);
    this.#roster.stopAll('preempt', message);
    await this.#until(() => this.#roster.attempts.length === 0, SETTLE_MS);
    return this.#leave({ code: 0, message });
  }

  async kill(message: string, code = 1): Promise<WorkerEnd> {
    this.#draining ??= message;
    this.#roster.stopAll('kill', message);
    await this.#until(() => this.#roster.attempts.length === 0, KILL_SETTLE_MS);
    return this.#leave({ code, message });
  }

  #makeRoster(): Roster {
    const { log, logBytesPerSecond = DEFAULTS.logBytesPerSecond } = this.#config;
    const cacheBytes = this.#config.cacheBytes ?? DEFAULTS.cacheBytes;
    const patienceMs = this.#config.prefetchPatienceMs ?? DEFAULTS.prefetchPatienceMs;
    const deps = {
      api: this.#api,
      cache: new InputCache(this.#state.cache, cacheBytes, this.#api),
      sandbox: this.#sandbox,
      log,
      logBytesPerSecond,
      logBytes: DEFAULTS.logBytes,
    };
    return new Roster(
      deps,
      this.#state.attempts,
      { offer: this.offer, patienceMs },
      {
        send: (message) => this.#link.send(message),
        mayStart: () => this.#draining === null && this.#heartbeat.fresh,
        progressed: () => this.#heartbeat.hurry(),
        changed: () => {
          for (const wake of this.#wakers.splice(0)) wake();
        },
      },
    );
  }

  #hello(): WorkerMessage {
    this.#listed = this.#roster.attempts.map((live) => live.ref.nonce);
    return {
      type: 'hello',
      channel: CHANNEL_VERSION,
      ...(this.#workerId !== undefined && { worker_id: this.#workerId }),
      boot_id: this.#bootId,
      offer: this.offer,
      live: this.#roster.attempts.map((live) => live.ref),
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
        this.#roster.settled(message.attempt.nonce, message.verdict, message.message);
        break;
      case 'verdicts':
        for (const { verdict, nonces } of message.verdicts)
          for (const nonce of nonces) this.#roster.settled(nonce, verdict);
        break;
      case 'refused':
        if (message.retry) break;
        this.#config.log('error', 'the orchestrator refused this worker', { code: message.code });
        void this.kill(message.message, 1);
        break;
    }
  }

  #welcome(message: Extract<OrchestratorMessage, { type: 'welcome' }>, helloSentAt: number): void {
    const { worker_id, session } = message;
    if (this.#workerId !== worker_id) {
      this.#workerId = worker_id;
      this.#state.rememberId(worker_id).catch((error: unknown) => {
        this.#config.log('error', 'the worker id could not be kept', { error: String(error) });
      });
    }
    this.#connected = true;
    this.#beatMs = message.beat_ms;
    this.#heartbeat.begin(message, helloSentAt);
    for (const ref of message.abandon) this.#roster.direct(ref, 'abandon');
    if (this.#draining !== null) this.#link.send({ type: 'drain', message: this.#draining });
    this.#roster.repeat();
    this.#roster.confirm(this.#listed);
    this.#config.log('info', 'connected', { worker_id, session, name: this.name });
    this.#resolveOnline(worker_id);
  }

  #beat(seq: number): void {
    this.#link.send({ type: 'beat', seq, attempts: this.#roster.attempts.map((live) => live.progressLine) });
    this.#roster.repeatOutcomes(2 * this.#beatMs);
  }

  #fence(): void {
    if (this.#roster.count('running') + this.#roster.count('queued') === 0) return;
    const message =
      'the orchestrator is silent: attempts that may not run twice are killed before it gives them away';
    this.#config.log('warn', message);
    this.#roster.fence('the worker heard nothing of the orchestrator and killed it');
  }

  async #until(done: () => boolean, limitMs: number): Promise<void> {
    const late = new AbortController();
    let over = false;
    const limit = pause(limitMs, undefined, { signal: late.signal }).then(
      () => {
        over = true;
      },
      () => {},
    );
    while (!done() && !over && !this.#ending) {
      await Promise.race([limit, new Promise<void>((resolve) => this.#wakers.push(resolve))]);
    }
    late.abort();
  }

  async #leave(end: WorkerEnd): Promise<WorkerEnd> {
    if (this.#ending) return this.ended;
    this.#ending = true;
    this.#heartbeat.stop();
    // With unsettled attempts the orchestrator must not take it for a clean good-bye.
    if (this.#roster.attempts.length === 0) this.#link.send({ type: 'bye' });
    await this.#link.close();
    await this.#sandbox.close();
    this.#api.close();
    await this.#state.release();
    this.#config.log('info', 'ended', { ...end });
    this.#resolveEnded(end);
    return end;
  }
}
