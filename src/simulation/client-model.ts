import type { Caller, Orchestrator, Submitted } from '../orchestrator/orchestrator.ts';
import { HiveError } from '../protocol/errors.ts';
import type { GroupId, JobId } from '../protocol/ids.ts';
import type { Job, JobSubmitInput } from '../protocol/job.ts';
import { isTerminal } from '../protocol/job-state.ts';
import { callOverHttp } from './http-call.ts';
import { drawPlan } from './job-plan.ts';
import { NetworkLine } from './network-line.ts';
import type { SeededRandom } from './seeded-random.ts';
import { short } from './trace.ts';
import { type Actor, actorOf } from './virtual-time.ts';
import type { World } from './world.ts';

const CALLER: Caller = { tenant: 'default', principal: 'client' };

/** Somebody who submits, cancels, changes, retries and reads, over a network that loses calls. */
export class ClientModel {
  readonly actor: Actor = actorOf('client');
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #line: NetworkLine;
  readonly #jobs: JobId[] = [];
  readonly #groups: GroupId[] = [];
  #pending = 0;
  #left: number;
  #key = 0;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#line = new NetworkLine(world);
    this.#left = world.profile.jobs;
    this.#next();
  }

  /** Nothing is being submitted any more. */
  get done(): boolean {
    return this.#left <= 0 && this.#pending === 0;
  }

  #next(): void {
    const { profile } = this.#world;
    const wait = this.#random.next() * (profile.fault_ms / profile.jobs) * 0.6;
    this.#world.time.after(Math.ceil(wait), this.actor, () => {
      if (!this.#world.faulty) this.#left = Math.min(this.#left, 1);
      void this.#act();
      if (this.#left > 0 || this.#world.faulty) this.#next();
    });
  }

  async #act(): Promise<void> {
    const id = this.#random.pick(this.#jobs);
    const draw = this.#random.next();
    this.#pending += 1;
    try {
      if (this.#left > 0 && draw < 0.06) await this.#submitGroup();
      else if (this.#groups.length > 0 && draw > 0.95) await this.#touchGroup();
      else if (this.#left > 0 && (id === undefined || draw < 0.55)) await this.#submit();
      else if (id !== undefined) await this.#touch(id, this.#random.next());
    } catch (error) {
      const expected =
        !(error instanceof HiveError) ||
        error.status >= 500 ||
        error.code === 'job_not_terminal' ||
        error.code === 'job_already_ended';
      if (!expected || (error instanceof HiveError && error.code === 'internal'))
        this.#world.watch.fail('clients are answered', String(error));
    } finally {
      this.#pending -= 1;
    }
  }

  async #touch(id: JobId, draw: number): Promise<void> {
    if (draw < 0.25) return this.#cancel(id);
    if (draw < 0.45)
      return void (await this.#call((face) =>
        face.patchJob(id, { priority: this.#random.whole(-2, 2) }, CALLER),
      ));
    if (draw < 0.6) {
      const again = await this.#call((face) =>
        face.retryJob(id, CALLER).then(({ job }) => this.#acknowledge(job)),
      );
      this.#jobs.push(again.id);
      return;
    }
    const read = draw < 0.8 ? (face: Orchestrator) => face.getJob(id, CALLER) : this.#wait(id);
    await this.#call((face) => {
      const before = this.#world.ledger.read.get(id);
      return read(face).then((job) => this.#saw(job, before));
    });
  }

  #wait(id: JobId): (face: Orchestrator) => Promise<Job> {
    return (face) => face.waitForJob(id, this.#random.whole(1, 20_000), CALLER);
  }

  /** With a key it tries until it has an answer; without one it does not know and lets it be. */
  async #submit(): Promise<void> {
    const count = this.#random.chance(0.2) ? 3 : 1;
    this.#left -= count;
    const bodies = Array.from({ length: count }, (_, index) => this.#linked(this.#body(), index));
    const key = this.#random.chance(0.7) ? `key-${this.#key++}` : undefined;
    const options = key === undefined ? {} : { idempotencyKey: key };
    const submit = (): Promise<JobId[]> =>
      this.#call(async (face) => this.#created(await face.submitJobs(bodies, CALLER, options)));
    this.#jobs.push(...(key === undefined ? await submit() : await this.#untilAnswered(submit)));
  }

  async #untilAnswered<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch {
        await new Promise<void>((resolve) => void this.#world.time.after(1000, this.actor, resolve));
      }
    }
  }

  /** Always with a key: of a group whose answer is lost nobody would know the id. */
  async #submitGroup(): Promise<void> {
    const count = this.#random.whole(2, 4);
    this.#left -= count;
    const jobs = Array.from({ length: count }, (_, index) => this.#linked(this.#body(), index));
    const [job = this.#body()] = jobs;
    const submit = this.#random.chance(0.5) ? { jobs } : { job, count };
    const options = { idempotencyKey: `key-${this.#key++}` };
    const group = await this.#untilAnswered(() =>
      this.#call(async (face) => {
        const made = await face.submitGroup(submit, CALLER, options);
        this.#world.ledger.groups.set(made.group.id, count);
        return made.group;
      }),
    );
    this.#groups.push(group.id);
  }

  async #touchGroup(): Promise<void> {
    const id = this.#random.pick(this.#groups);
    if (id === undefined) return;
    if (this.#random.chance(0.5)) {
      const ms = this.#random.whole(1, 20_000);
      await this.#call((face) => face.waitForGroup(id, ms, CALLER));
      return;
    }
    await this.#call(async (face) => {
      await face.cancelGroup(id, CALLER);
      for (const job of this.#world.store.tables.jobs.records()) {
        if (job.group_id !== id || isTerminal(job.status.state) || job.cancel_requested_at !== null) continue;
        this.#world.watch.fail('a canceled group is canceled whole', `${job.id} is ${job.status.state}`);
      }
    });
  }

  /** Some jobs of a batch depend on the one before. */
  #linked(body: JobSubmitInput, index: number): JobSubmitInput {
    if (index === 0 || this.#random.chance(0.5)) return body;
    return { ...body, depends_on: [...(body.depends_on ?? []), `#${index - 1}`] };
  }

  /** Some jobs depend on earlier ones, whatever has become of those. */
  #parents(): Partial<JobSubmitInput> {
    const parent = this.#random.chance(0.2) ? this.#random.pick(this.#jobs) : undefined;
    if (parent === undefined) return {};
    return { depends_on: [parent], on_parent_failure: this.#random.chance(0.5) ? 'run' : 'cancel' };
  }

  #body(): JobSubmitInput {
    const { profile } = this.#world;
    const plan = drawPlan(this.#random, profile.long_jobs);
    return {
      module: 'sim',
      input: plan,
      ...this.#parents(),
      priority: this.#random.whole(-2, 2),
      on_partition: this.#random.chance(0.2) ? 'keep_running' : 'kill',
      timeout_seconds: plan.ends === 'hang' ? this.#random.whole(1, 60) : 300,
      retry: {
        user: this.#random.whole(0, 2),
        infra: this.#random.whole(1, 5),
        oom: 1,
        timeout: 1,
        backoff_ms: 500,
        max_backoff_ms: 20_000,
      },
    };
  }

  /** Runs where the orchestrator answers: from here on it is acknowledged, though the reply may get lost. */
  #created(results: readonly Submitted[]): JobId[] {
    return results.map((result) => {
      if ('error' in result) throw result.error;
      return this.#acknowledge(result.job).id;
    });
  }

  #acknowledge(job: Job): Job {
    this.#world.ledger.submitted.add(job.id);
    this.#world.trace.write('client', `submitted ${short(job.id)}`);
    return job;
  }

  async #cancel(id: JobId): Promise<void> {
    await this.#call(async (face) => {
      const { result } = await face.cancelJob(id, CALLER);
      this.#world.trace.write('client', `cancel ${short(id)}: ${result}`);
      if (result !== 'already') this.#world.ledger.canceled.set(id, result);
    });
  }

  /** @param before the end that somebody had read when this read began */
  #saw(job: Job, before: string | undefined): void {
    const { ledger, watch } = this.#world;
    if (before !== undefined && before !== job.state)
      watch.fail('terminal states never change', `${job.id} was read as ${before}, then as ${job.state}`);
    if (isTerminal(job.state)) ledger.read.set(job.id, job.state);
  }

  #call<T>(work: (face: Orchestrator) => Promise<T>): Promise<T> {
    return callOverHttp(this.#world, this.#line, this.actor, work);
  }
}
