import { type CatalogEntry, findModule } from '../modules/catalog.ts';
import type { Module, ModuleContext } from '../modules/module.ts';
import { seededRandom } from '../modules/random.ts';
import type { Assignment, WorkerOutcome } from '../protocol/attempt.ts';
import { toJobError } from './sandbox/job-error.ts';

/** Runs in this process what its manifest calls light: no folder, no child and no message for each. */
export class LightRunner {
  readonly #modules = new Map<string, Promise<Module>>();

  takes({ module, input, files = [] }: Assignment): boolean {
    const isLight = findModule(module)?.isLight;
    return isLight !== undefined && files.length === 0 && isLight(input);
  }

  async run({ module, input }: Assignment): Promise<WorkerOutcome> {
    try {
      const loaded = await this.#load(module);
      const { engine, output, metrics = {}, warnings = [] } = await loaded.run(input, CONTEXT);
      return {
        status: 'succeeded',
        engine,
        output,
        metrics: { ...metrics },
        warnings: [...warnings],
        artifacts: [],
      };
    } catch (error) {
      return { status: 'failed', error: toJobError(error), artifacts: [] };
    }
  }

  #load(name: string): Promise<Module> {
    const known = this.#modules.get(name);
    if (known !== undefined) return known;
    const entry: CatalogEntry | undefined = findModule(name);
    if (entry === undefined) throw new Error(`there is no module ${name}`);
    const loading = entry.load();
    this.#modules.set(name, loading);
    return loading;
  }
}

const none = (): never => {
  throw new Error('a light job has no files');
};

/** It ends before anybody could stop it, and has nothing but its result to tell. */
const CONTEXT: ModuleContext = {
  signal: new AbortController().signal,
  draining: new AbortController().signal,
  resume: null,
  checkpoint: none,
  progress() {},
  log() {},
  files: {
    in: none,
    get out() {
      return none();
    },
    get work() {
      return none();
    },
  },
  random: seededRandom,
};
