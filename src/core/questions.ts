import type { Requirements } from '../protocol/requirements.ts';
import type { JobRecord } from './job.ts';
import type { Candidate } from './placement.ts';
import { moduleCapability } from './requirement-class.ts';
import { fits, type Room } from './resources.ts';

/** One requirement of a job, asked of one worker. */
export interface Question {
  readonly requirement: string;
  readonly needed: string;
  readonly message: string;
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

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

const moduleQuestion = (module: string): Question => ({
  requirement: 'module',
  needed: module,
  message: `cannot run the module ${module}`,
  fix: 'hive workers -o json   # modules[].reason and .fix say what is missing',
  passes: (worker) => worker.capabilities.has(moduleCapability(module)),
});

const capabilityQuestion = (word: string): Question => ({
  requirement: 'capability',
  needed: word,
  message: `does not offer the capability ${word}`,
  fix: `hive worker --capabilities ${word}`,
  passes: (worker) => worker.capabilities.has(word),
});

const labelQuestion = (key: string, value: string): Question => ({
  requirement: 'label',
  needed: `${key}=${value}`,
  message: `is not labelled ${key}=${value}`,
  fix: `hive worker --label ${key}=${value}`,
  passes: (worker) => worker.labels[key] === value,
});

const regionQuestion = (region: string): Question => ({
  requirement: 'region',
  needed: region,
  message: `is not in ${region}`,
  fix: `hive worker --region ${region}`,
  passes: (worker) => worker.region === region,
});

const cpuQuestion = (cpu: number): Question => ({
  requirement: 'cpu',
  needed: `${cpu} cores`,
  message: `has fewer than ${cpu} cores`,
  fix: 'hive submit … --cpu N with a smaller figure',
  passes: (_, room) => room.cpu + 1e-6 >= cpu,
});

const memoryQuestion = (bytes: number): Question => ({
  requirement: 'memory',
  needed: gib(bytes),
  message: `has less than ${gib(bytes)} of memory`,
  fix: 'hive submit … --memory SIZE with a smaller figure',
  passes: (_, room) => room.memory_bytes >= bytes,
});

function gpuQuestion(needs: Requirements): Question {
  const wanted = `${Math.max(1, needs.gpu_count)} GPU with ${gib(needs.vram_bytes)} of VRAM`;
  const unlimited = { slots: 1, cpu: Number.POSITIVE_INFINITY, memory_bytes: Number.POSITIVE_INFINITY };
  return {
    requirement: 'gpu',
    needed: wanted,
    message: `has not ${wanted}`,
    fix: 'start a worker on a machine with that GPU: hive worker --url …',
    passes: (_, room) => fits({ ...room, ...unlimited }, needs) !== null,
  };
}
