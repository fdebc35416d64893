import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { HiveClient } from '../../client/index.ts';
import { VERSION } from '../../protocol/version.ts';
import type { Act } from '../catalog.ts';
import { CliError, EXIT, usageError } from '../exit.ts';
import { loadHive } from '../launch.ts';
import { endSurplusWorkers, LocalWorker } from '../local-worker.ts';
import { dataFolder } from '../paths.ts';
import { readWhole } from '../quantities.ts';
import { readServerFile, removeServerFile, writeServerFile } from '../server-file.ts';
import type { Session } from '../session.ts';
import { hardwareWords } from '../worker-words.ts';

interface Options {
  readonly host: string;
  readonly port: number;
  readonly data?: string;
  readonly localWorker: boolean;
  readonly workers: number;
  readonly slots?: number;
  readonly lease?: number;
  readonly syncDelay?: number;
  readonly store: 'sqlite' | 'memory';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}
type Running = Awaited<ReturnType<Awaited<ReturnType<typeof loadHive>>>>;

/** A worker drains for 20 s; then it hands back what it runs. */
const STOP_MS = 30_000;
const ONLINE_MS = 20_000;

export function define(command: Command, act: Act): void {
  command
    .option('--host <host>', 'where to listen', '127.0.0.1')
    .option('--port <port>', 'where to listen; 0 takes a free one', readWhole, 8000)
    .option('--data <dir>', 'where everything is kept (default: $XDG_DATA_HOME/hive)')
    .option('--workers <n>', 'worker processes on this machine', readWhole, 1)
    .option('--no-local-worker', 'only the server')
    .option('--lease <ms>', 'how long an attempt may act unheard (default: 30000)', readWhole)
    .option('--slots <n>', 'jobs at once for each worker (default: the number of cores)', readWhole)
    .addOption(
      new Option('--sync-delay <ms>', 'makes every sync of the store slower, for benchmarks')
        .argParser(readWhole)
        .hideHelp(),
    )
    .addOption(
      new Option('--store <store>', 'where jobs live').choices(['sqlite', 'memory']).default('sqlite'),
    )
    .addOption(
      new Option('--log-level <level>', 'of hive.log in the data folder')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .action(act(up));
}

async function up(session: Session, options: Options): Promise<number> {
  if (options.port < 0 || options.port > 65_535) throw usageError('--port must be 0 to 65535');
  const data = resolve(options.data ?? dataFolder(session.io.env));
  const stop = new AbortController();
  const force = new AbortController();
  const release = session.io.onInterrupt(() => (stop.signal.aborted ? force : stop).abort());
  try {
    const hive = await startServer(session, options, data);
    const workers = planWorkers(session, options, data, dialUrl(hive.url));
    for (const worker of workers) worker.start();
    // they drain while this server already serves
    const surplus = endSurplusWorkers(data, workers.length).catch((error: Error) =>
      session.note(`  ${error.message}`),
    );
    await remember(session, hive.url, data);
    await welcome(session, options, hive.url, data, workers, stop.signal);
    await aborted(stop.signal);
    await Promise.race([surplus, aborted(force.signal)]);
    return await shutDown(session, hive, workers, force.signal);
  } finally {
    release();
  }
}

async function startServer(session: Session, options: Options, data: string): Promise<Running> {
  const other = await readServerFile(session.io.env);
  if (other !== null && other.data === data) {
    const hint = `use it: hive status · or stop it: kill ${other.pid} · or keep another with --data DIR --port 0`;
    throw new CliError(EXIT.conflict, 'already_up', `Hive already runs on ${data}: ${other.url}`, hint);
  }
  const startHive = await loadHive();
  const { host, port, store, logLevel, lease: leaseMs, syncDelay: syncDelayMs } = options;
  try {
    return await startHive({ host, port, dataDir: data, store, logLevel, leaseMs, syncDelayMs });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    if ((cause as { code?: unknown }).code === 'EADDRINUSE') throw await portTaken(host, port);
    if (!(error instanceof Error) || error.name !== 'HiveError') throw error;
    const { code, hint } = error as Error & { code: string; hint?: string };
    throw new CliError(EXIT.config, code, error.message, hint);
  }
}

async function portTaken(host: string, port: number): Promise<CliError> {
  const { HiveClient } = await import('../../client/index.ts');
  const url = `http://${host}:${port}`;
  const client = new HiveClient({ url, retries: 0, timeoutMs: 1000 });
  const held = await client.version().catch(() => null);
  const who = held === null ? '' : ` by Hive ${held.version}: use it with --url ${url}`;
  const hint = 'take a free one with --port 0, or name another';
  return new CliError(EXIT.conflict, 'port_taken', `${host}:${port} is taken${who}`, hint);
}

/** Every address of this machine is reached by its loopback. */
function dialUrl(url: string): string {
  const dial = new URL(url);
  if (dial.hostname === '0.0.0.0') dial.hostname = '127.0.0.1';
  if (dial.hostname === '[::]') dial.hostname = '[::1]';
  return dial.origin;
}

function planWorkers(session: Session, options: Options, data: string, url: string): LocalWorker[] {
  const count = options.localWorker ? options.workers : 0;
  return Array.from({ length: count }, (_, at) => {
    const number = at + 1;
    return new LocalWorker({
      name: number === 1 ? hostname() : `${hostname()}-${number}`,
      url,
      stateDir: join(data, `worker-${number}`),
      // a debugger’s port can be had once only
      hive: [
        process.execPath,
        ...process.execArgv.filter((word) => !word.startsWith('--inspect')),
        session.io.entry,
      ],
      words: options.slots === undefined ? [] : ['--slots', String(options.slots)],
      report: (message) => session.note(`  ${session.chatter.fail} ${message}`),
    });
  });
}

async function remember(session: Session, url: string, data: string): Promise<void> {
  const server = { url: dialUrl(url), pid: process.pid, version: VERSION, data };
  await writeServerFile(session.io.env, server).catch((error: Error) => {
    session.note(`  other commands need --url ${url}: ${error.message}`);
  });
}

async function welcome(
  session: Session,
  options: Options,
  url: string,
  data: string,
  workers: readonly LocalWorker[],
  stop: AbortSignal,
): Promise<void> {
  if (session.isMachine)
    session.print(session.format === 'name' ? url : JSON.stringify({ url, pid: process.pid }));
  const { ok } = session.chatter;
  session.note(`  ${ok} data    ${tilde(data)}  (${options.store})`);
  session.note(`  ${ok} api     ${url}`);
  session.note(`  ${ok} docs    ${url}/docs`);
  const { HiveClient } = await import('../../client/index.ts');
  const client = new HiveClient({ url: dialUrl(url) });
  await Promise.all(workers.map((worker) => announce(session, client, worker, stop)));
  if (stop.aborted) return;
  session.note('  Next      hive submit exec --wait -- echo hello  ·  hive modules  ·  hive status');
}

const tilde = (path: string): string =>
  path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path;

async function announce(
  session: Session,
  client: HiveClient,
  worker: LocalWorker,
  stop: AbortSignal,
): Promise<void> {
  const { name, stateDir } = worker.plan;
  for (const until = Date.now() + ONLINE_MS; Date.now() < until && !stop.aborted; await sleep(100)) {
    const all = await client.workers.list().catch(() => []);
    const here = all.find((one) => one.name === name && one.connected);
    if (here === undefined) continue;
    return session.note(`  ${session.chatter.ok} worker  ${name}  ${hardwareWords(here)}`);
  }
  if (!stop.aborted) {
    session.note(
      `  ${session.chatter.fail} worker  ${name} is not there yet: see ${join(stateDir, 'worker.log')}`,
    );
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });

/** Workers first, so that what they hand back still finds the server. */
async function shutDown(
  session: Session,
  hive: Running,
  workers: readonly LocalWorker[],
  force: AbortSignal,
): Promise<number> {
  session.note('  stopping; ^C again forces');
  await removeServerFile(session.io.env, process.pid);
  await Promise.all(workers.map((worker) => worker.stop(STOP_MS, force)));
  await Promise.race([hive.stop(), aborted(force)]);
  return force.aborted ? EXIT.interrupted : EXIT.ok;
}
