import type { Command } from 'commander';
import type { Act } from '../catalog.ts';
import { setWorkers } from '../worker-state.ts';

export function define(command: Command, act: Act): void {
  command
    .argument('<workers...>', 'names, ids, or the ends of them')
    .action(act((session, workers: string[]) => setWorkers(session, workers, { state: 'online' })));
}
