import type { Requirements } from '../protocol/requirements.ts';
import type { JobRecord } from './job.ts';
import type { Candidate } from './placement.ts';
import { moduleCapability } from './requirement-class.ts';
import { fits, type Room } from './resources.ts';

/** One requirement of a job, asked of one worker. */
export interface Question {
  readonly requirement: string;
  readonly needed: string;
  /** What is wrong with one worker that fails it, and with several: both follow the subject. */
  readonly one: string;
  readonly many: string;
  readonly fix: string;
  /** `room` is what the worker has in all, or what it has free now. */
  passes(worker: Candidate, room: Room): boolean;
}

/** Every requirement of the job as a question, with the command that would make the answer yes. */
export function questionsOf(job: JobRecord): Question[] {
  const needs = job.requirements;
  return [
    moduleQuestion(job.module),
    ...needs.capabilities.map(capabilityQuestion),
    ...Object.entries(needs.labels).map(([key, value]) => labelQuestion(key, value)),
    ...(needs.region === undefined ? [] : [regionQuestion(needs.region)]),
    cpuQuestion(needs.cpu),
    memoryQuestion(needs.memory_bytes),
    ...(needs.gpu === 'required' ? [gpuQuestion(needs)] : []),
  ];
}

/** `900 GiB`, `1.5 GiB`, `512 MiB`: as the figure was asked for. */
function sizeOf(bytes: number): string {
  const [size, unit] = bytes >= 2 ** 30 ? [bytes / 2 ** 30, 'GiB'] : [bytes / 2 ** 20, 'MiB'];
  return `${Number(size.toFixed(1))} ${unit}`;
}

const coresOf = (cpu: number): string => `${cpu} ${cpu === 1 ? 'core' : 'cores'}`;

const moduleQuestion = (module: string): Question => ({
  requirement: 'module',
  needed: module,
  one: `cannot run the module ${module}`,
  many: `cannot run the module ${module}`,
  fix: 'hive workers -o json   # modules[].reason and .fix say what is missing',
  passes: (worker) => worker.capabilities.has(moduleCapability(module)),
});

const capabilityQuestion = (word: string): Question => ({
  requirement: 'capability',
  needed: word,
  one: `does not offer the capability ${word}`,
  many: `do not offer the capability ${word}`,
  fix: `hive worker --capabilities ${word}`,
  passes: (worker) => worker.capabilities.has(word),
});

const labelQuestion = (key: string, value: string): Question => ({
  requirement: 'label',
  needed: `${key}=${value}`,
  one: `is not labelled ${key}=${value}`,
  many: `are not labelled ${key}=${value}`,
  fix: `hive worker --label ${key}=${value}`,
  passes: (worker) => worker.labels[key] === value,
});

const regionQuestion = (region: string): Question => ({
  requirement: 'region',
  needed: region,
  one: `is not in ${region}`,
  many: `are not in ${region}`,
  fix: `hive worker --region ${region}`,
  passes: (worker) => worker.region === region,
});

const cpuQuestion = (cpu: number): Question => ({
  requirement: 'cpu',
  needed: coresOf(cpu),
  one: `has fewer than ${coresOf(cpu)}`,
  many: `have fewer than ${coresOf(cpu)}`,
  fix: 'hive submit … --cpu N with a smaller figure',
  passes: (_, room) => room.cpu + 1e-6 >= cpu,
});

const memoryQuestion = (bytes: number): Question => ({
  requirement: 'memory',
  needed: sizeOf(bytes),
  one: `has less than ${sizeOf(bytes)} of memory`,
  many: `have less than ${sizeOf(bytes)} of memory`,
  fix: 'hive submit … --memory SIZE with a smaller figure',
  passes: (_, room) => room.memory_bytes >= bytes,
});

function gpuQuestion(needs: Requirements): Question {
  const number = Math.max(1, needs.gpu_count);
  const vram = needs.vram_bytes === 0 ? '' : ` with ${sizeOf(needs.vram_bytes)} of VRAM`;
  const wanted = `${number} ${number === 1 ? 'GPU' : 'GPUs'}${vram}`;
  const unlimited = { slots: 1, cpu: Number.POSITIVE_INFINITY, memory_bytes: Number.POSITIVE_INFINITY };
  return {
    requirement: 'gpu',
    needed: wanted,
    one: `does not have ${wanted}`,
    many: `do not have ${wanted}`,
    fix: 'start a worker on a machine with that GPU: hive worker --url …',
    passes: (_, room) => fits({ ...room, ...unlimited }, needs) !== null,
  };
}
