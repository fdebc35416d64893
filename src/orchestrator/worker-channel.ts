import type { AttemptRef } from '../protocol/attempt.ts';
import { CHANNEL_VERSION, type OutcomeVerdict, type WorkerMessage } from '../protocol/channel.ts';
import { makeId } from '../protocol/ids.ts';
import type { RenewResult, WorkerResult } from '../store/job-store.ts';
import type { Deps } from './deps.ts';
import type { ProgressBoard } from './job-watch.ts';
import type { WorkerChannel, WorkerLink } from './orchestrator.ts';
import type { Session, Sessions } from './sessions.ts';
import { settleAttempt, settleAttempts } from './settle-job.ts';

export interface ChannelDeps {
  readonly deps: Deps;
  readonly sessions: Sessions;
  readonly board: ProgressBoard;
  /** Called when there may be room or work. */
  readonly wake: () => void;
}

type Hello = Extract<WorkerMessage, { type: 'hello' }>;

/** What one worker socket says and is told. Frames after the hello are handled as they come; the store orders them. */
export function openWorkerChannel(context: ChannelDeps, link: WorkerLink): WorkerChannel {
  const { deps } = context;
  let session: Session | null = null;
  let greeting: Promise<void> | null = null;
  let gone = false;

  const refuse = (code: string, message: string, retry: boolean): void => {
    link.send({ type: 'refused', code, message, retry });
    link.close(retry ? 4002 : 1008, code);
  };
  const guard = (work: Promise<void>): void => {
    work.catch((error: unknown) => {
      deps.log.error(
        { err: error, worker_id: session?.worker_id },
        'a worker frame failed; the socket is closed',
      );
      refuse('internal', 'the orchestrator failed to handle a frame', true);
    });
  };
  const greet = async (hello: Hello): Promise<void> => {
    const opened = await openSession(context, link, hello, refuse);
    session = opened;
    if (opened !== null && gone) await closeSession(context, opened);
  };

  return {
    receive(message) {
      if (message.type === 'hello') {
        if (greeting !== null) return refuse('second_hello', 'a socket carries one hello', false);
        greeting = greet(message);
        return guard(greeting);
      }
      if (greeting === null) return refuse('no_hello', 'the first frame must be hello', false);
      guard(
        greeting.then(() =>
          session === null || gone ? undefined : handle(context, session, message, refuse),
        ),
      );
    },
    closed() {
      gone = true;
      if (session !== null) guard(closeSession(context, session));
    },
  };
}

type Refuse = (code: string, message: string, retry: boolean) => void;

/** C3b: the store decides who holds the id; what the predecessor held is settled at once, by the road of every loss. */
async function openSession(
  context: ChannelDeps,
  link: WorkerLink,
  hello: Hello,
  refuse: Refuse,
): Promise<Session | null> {
  const { deps, sessions } = context;
  if (hello.channel !== CHANNEL_VERSION) {
    refuse(
      'channel_version',
      `this server speaks channel ${CHANNEL_VERSION}, the worker ${hello.channel}: install the server's version`,
      false,
    );
    return null;
  }
  const worker_id = hello.worker_id ?? makeId('wrk', deps.time.now(), deps.randomBytes(10));
  const result = await deps.store.jobs.upsertWorker({
    kind: 'hello',
    worker_id,
    boot_id: hello.boot_id,
    offer: hello.offer,
    silent_ms: deps.lease.beat_ms,
  });
  if (result.kind !== 'ok') {
    refuse(
      'worker_id_in_use',
      `another process already works as ${worker_id}: give this one its own --name or --state-dir`,
      true,
    );
    return null;
  }
  const session: Session = { worker_id, session: result.worker.session, boot_id: hello.boot_id, link };
  const abandon = await reconcile(deps, session, result, hello.live);
  const { beat_ms, lease_ms, kill_after_ms } = deps.lease;
  link.send({
    type: 'welcome',
    worker_id,
    session: session.session,
    beat_ms,
    lease_ms,
    kill_after_ms,
    abandon,
  });
  // Not before the welcome: an assignment that overtakes it meets a worker that has no lease yet.
  sessions.open(session);
  deps.log.info({ worker_id, name: hello.offer.name, session: session.session }, 'worker joined');
  context.wake();
  return session;
}

/** Brings what the store gives the worker and what it says it runs into line; answers what it must abandon. */
async function reconcile(
  deps: Deps,
  session: Session,
  hello: Extract<WorkerResult, { kind: 'ok' }>,
  live: readonly AttemptRef[],
): Promise<AttemptRef[]> {
  const { jobs } = deps.store;
  const alive = new Set(live.map((attempt) => attempt.nonce));
  const missing = hello.orphans.filter((attempt) => !alive.has(attempt.nonce));
  // Of a hello that was long on its way the same process may have accepted work since: only its silence ends that.
  if (hello.same_boot) await jobs.releaseUndelivered(missing);
  else {
    const message = 'its worker was restarted';
    for (const attempt of missing)
      await settleAttempt(deps, attempt, { status: 'lost', code: 'worker_restarted', message });
  }
  const [renewed] = await jobs.renewLeases(
    [{ worker_id: session.worker_id, session: session.session, attempts: live }],
    deps.lease.lease_ms,
  );
  if (renewed === undefined || renewed.kind === 'session_changed') return [...live];
  return live.filter((_, index) => renewed.verdicts[index] === 'abandon');
}

async function closeSession(context: ChannelDeps, session: Session): Promise<void> {
  const { deps, sessions } = context;
  const undelivered = sessions.close(session);
  await deps.store.jobs.upsertWorker({
    kind: 'disconnect',
    worker_id: session.worker_id,
    session: session.session,
  });
  if (undelivered.length > 0) await deps.store.jobs.releaseUndelivered(undelivered);
  context.wake();
}

async function handle(
  context: ChannelDeps,
  session: Session,
  message: WorkerMessage,
  refuse: Refuse,
): Promise<void> {
  const { deps } = context;
  switch (message.type) {
    case 'accepted':
    case 'started':
      return begin(context, session, message.attempts, message.type);
    case 'beat':
      return beat(context, session, message, refuse);
    case 'outcome': {
      const { verdict, message: detail } = await settleAttempt(deps, message.attempt, message.outcome);
      session.link.send({
        type: 'settled',
        attempt: message.attempt,
        verdict,
        ...(detail !== undefined && { message: detail }),
      });
      return context.wake();
    }
    case 'ended':
      return settleEnds(context, session, message.ends);
    case 'credit':
      await deps.store.jobs.upsertWorker({
        kind: 'credit',
        worker_id: session.worker_id,
        session: session.session,
        prefetch: message.prefetch,
      });
      return context.wake();
    case 'drain':
      await deps.store.jobs.upsertWorker({ kind: 'drain', worker_id: session.worker_id, draining: true });
      return;
    case 'bye':
      await deps.store.jobs.upsertWorker({
        kind: 'bye',
        worker_id: session.worker_id,
        session: session.session,
      });
      return;
    case 'hello':
      return refuse('second_hello', 'a socket carries one hello', false);
  }
}

async function begin(
  context: ChannelDeps,
  session: Session,
  attempts: readonly AttemptRef[],
  phase: 'accepted' | 'started',
): Promise<void> {
  const { deps, sessions } = context;
  for (const attempt of attempts) sessions.accepted(attempt);
  const states = await deps.store.jobs.startAttempts(attempts.map((attempt) => ({ attempt, phase })));
  for (const [index, attempt] of attempts.entries()) {
    const directive = states[index] === 'lease_lost' ? 'abandon' : 'continue';
    // An accepted attempt starts only now: until the store knows of it, it may be given to another worker (C3b).
    if (directive === 'abandon' || phase === 'accepted')
      session.link.send({ type: 'directive', attempt, directive });
  }
}

type Ends = Extract<WorkerMessage, { type: 'ended' }>['ends'];

async function settleEnds(context: ChannelDeps, session: Session, ends: Ends): Promise<void> {
  const { deps, sessions } = context;
  for (const { attempt } of ends) sessions.accepted(attempt);
  const settled = settleAttempts(deps, ends, { begun: true });
  // Their room is free while their ends are written.
  context.wake();
  const verdicts = await settled;
  const nonces = new Map<OutcomeVerdict, string[]>();
  for (const [index, { attempt }] of ends.entries()) {
    const verdict = verdicts[index]?.verdict ?? 'lease_lost';
    const known = nonces.get(verdict);
    if (known === undefined) nonces.set(verdict, [attempt.nonce]);
    else known.push(attempt.nonce);
  }
  const groups = [...nonces].map(([verdict, all]) => ({ verdict, nonces: all }));
  session.link.send({ type: 'verdicts', verdicts: groups });
}

type Beat = Extract<WorkerMessage, { type: 'beat' }>;

async function beat(context: ChannelDeps, session: Session, message: Beat, refuse: Refuse): Promise<void> {
  const { deps, board } = context;
  const { worker_id } = session;
  const [result] = await deps.store.jobs.renewLeases(
    [{ worker_id, session: session.session, attempts: message.attempts }],
    deps.lease.lease_ms,
  );
  if (result === undefined || result.kind === 'session_changed') {
    return refuse('session_changed', 'a newer session of this worker id was opened', true);
  }
  session.link.send({ type: 'beat_reply', seq: message.seq, directives: directivesOf(message, result) });
  for (const [index, attempt] of message.attempts.entries()) {
    const verdict = result.verdicts[index];
    if (attempt.progress !== undefined && (verdict === 'continue' || verdict === 'drain'))
      board.post(attempt.job_id, attempt.progress);
  }
}

function directivesOf(message: Beat, result: Extract<RenewResult, { kind: 'renewed' }>) {
  return message.attempts.flatMap(({ job_id, epoch, nonce }, index) => {
    const directive = result.verdicts[index] ?? 'abandon';
    if (directive === 'continue') return [];
    const left_ms = directive === 'drain' ? result.drain_left_ms : undefined;
    return [{ job_id, epoch, nonce, directive, ...(left_ms !== undefined && { left_ms }) }];
  });
}
