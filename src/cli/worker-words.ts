import type { Worker, WorkerState } from '../protocol/worker.ts';
import type { Colour } from './palette.ts';
import type { Column } from './table.ts';
import { age, count, memorySize } from './text.ts';

export function colourOfWorker(state: WorkerState): Colour {
  if (state === 'online') return 'green';
  return state === 'draining' || state === 'unreachable' ? 'yellow' : state === 'offline' ? 'dim' : 'red';
}

/** A worker that Hive itself set aside is not one that an operator drains. */
export const stateOfWorker = (worker: Worker): string =>
  worker.state === 'draining' && worker.reason.code === 'cordoned' ? 'cordoned' : worker.state;

const slotsOf = ({ slots, slots_used, prefetched }: Worker): string =>
  `${slots_used}/${slots}${prefetched > 0 ? ` +${prefetched}` : ''}`;

export function gpuWords(worker: Worker): string {
  const [first, ...others] = worker.hardware.gpus;
  if (first === undefined) return 'no gpu';
  const times = others.length === 0 ? '' : `${others.length + 1}× `;
  return `${times}${first.name} ${memorySize(first.vram_bytes)}`;
}

export const hardwareWords = (worker: Worker): string =>
  [
    `${worker.hardware.cpus} cpu`,
    memorySize(worker.hardware.memory_bytes),
    gpuWords(worker),
    count(worker.slots, 'slot'),
  ].join(' · ');

export const WORKER_COLUMNS: readonly Column<Worker>[] = [
  { title: 'ID', value: (worker) => worker.id },
  { title: 'NAME', value: (worker) => worker.name, flexible: true },
  { title: 'STATE', value: stateOfWorker, colour: (worker) => colourOfWorker(worker.state) },
  { title: 'SLOTS', value: slotsOf },
  { title: 'CPU', value: (worker) => String(worker.hardware.cpus) },
  { title: 'MEMORY', value: (worker) => memorySize(worker.hardware.memory_bytes) },
  { title: 'GPU', value: gpuWords, flexible: true },
  { title: 'SEEN', value: (worker) => age(worker.last_seen_at) },
];
