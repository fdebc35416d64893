import type { Command } from 'commander';
import type { Worker } from '../../protocol/worker.ts';
import type { Act } from '../catalog.ts';
import { EXIT } from '../exit.ts';
import type { Palette } from '../palette.ts';
import type { Session } from '../session.ts';
import { layFacts } from '../table.ts';
import { age, memorySize, plain } from '../text.ts';
import { resolveWorker } from '../worker-id.ts';
import { colourOfWorker, gpuWords, stateOfWorker, WORKER_COLUMNS } from '../worker-words.ts';

export function define(command: Command, act: Act): void {
  command.argument('[worker]', 'name, id, or the end of one: show this one').action(act(show));
}

async function show(session: Session, text: string | undefined): Promise<number> {
  const client = await session.client();
  const name = (worker: Worker): string => worker.id;
  if (text === undefined) {
    const empty = 'no workers; `hive worker` starts one';
    session.showList(await client.workers.list(), { name, columns: WORKER_COLUMNS, empty });
  } else {
    const worker = await client.workers.get(await resolveWorker(session, text));
    session.showOne(worker, { name, human: (one) => describe(one, session.palette) });
  }
  return EXIT.ok;
}

function describe(worker: Worker, palette: Palette): string {
  const { hardware, reserved } = worker;
  const state = palette.colour(colourOfWorker(worker.state), stateOfWorker(worker));
  const labels = Object.entries(worker.labels).map(([key, value]) => plain(`${key}=${value}`));
  const facts = layFacts(
    [
      ['  why', plain(worker.reason.message)],
      ['  leaves by', worker.drain_until && plain(worker.drain_until)],
      ['  slots', `${worker.slots_used} of ${worker.slots} used`],
      ['  cpu', `${reserved.cpu} of ${hardware.cpus} reserved · ${plain(hardware.cpu_model)}`],
      ['  memory', `${memorySize(reserved.memory_bytes)} of ${memorySize(hardware.memory_bytes)} reserved`],
      ['  gpu', plain(gpuWords(worker))],
      ['  host', plain(`${hardware.hostname} · ${hardware.platform} ${hardware.arch}`)],
      ['  region', worker.region && plain(worker.region)],
      ['  labels', labels.join('  ') || null],
      ['  capabilities', plain(worker.capabilities.join(' ')) || null],
      ['  version', plain(worker.version)],
      ['  seen', `${age(worker.last_seen_at)} ago`],
      ['  jobs', plain(worker.jobs.join(' ')) || null],
    ],
    palette,
  );
  return `${worker.id}  ${plain(worker.name)}  ${state}\n${facts}${modulesOf(worker, palette)}`;
}

const modulesOf = (worker: Worker, palette: Palette): string =>
  worker.modules
    .map(({ name, engine, reason, fix }) => {
      if (engine !== null) return `  ${palette.ok} ${plain(name)} (${plain(engine)})\n`;
      const mend = fix === undefined ? '' : `  ${palette.colour('cyan', plain(fix))}`;
      return `  ${palette.fail} ${plain(name)}: ${plain(reason ?? 'cannot run')}${mend}\n`;
    })
    .join('');
