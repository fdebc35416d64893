import { CATALOG } from '../modules/catalog.ts';
import { ActiveWorker } from './active-worker.ts';
import { DEFAULTS, type WorkerConfig } from './config.ts';
import { clearLeftovers } from './leftovers.ts';
import { chooseModules, makeOffer, tellFreeWords } from './offer.ts';
import { ProcessRegister } from './process-register.ts';
import type { RunningWorker } from './running-worker.ts';
import { childEntry } from './sandbox/child-entry.ts';
import { WarmSandbox } from './sandbox/warm.ts';
import { claimStateFolder } from './state-folder.ts';

export type { WorkerConfig } from './config.ts';
export type { RunningWorker } from './running-worker.ts';

/** Claims a state folder, asks machine and modules what they can do, and goes on to serve until it is ended. */
export async function startWorker(config: WorkerConfig): Promise<RunningWorker> {
  const state = await claimStateFolder(config.stateDir);
  try {
    const name = state.number === 1 ? config.name : `${config.name}-${state.number}`;
    const register = new ProcessRegister(state.processes);
    await clearLeftovers(state, register, config.log);
    const catalog = config.catalog ?? CATALOG;
    const choice = chooseModules(catalog, config.capabilities ?? []);
    tellFreeWords(catalog, choice, config.log);
    const shared = new Set(choice.entries.filter((entry) => entry.sharesProcess).map((e) => e.manifest.name));
    const sandbox = new WarmSandbox({
      entry: childEntry(config.childEntry),
      home: state.scratch,
      keep: Math.max(2, config.slots),
      idleMs: DEFAULTS.idleMs,
      sharesProcess: (module) => shared.has(module),
      log: config.log,
      group: (pid, alive) => register.note(pid, alive),
    });
    const offer = await makeOffer(config, choice, name, sandbox);
    const agent = new ActiveWorker(config, state, sandbox, offer, await state.workerId());
    agent.begin();
    return agent;
  } catch (error) {
    await state.release();
    throw error;
  }
}
