import type { Command } from 'commander';
import type { Act } from '../catalog.ts';
import { readSeconds } from '../quantities.ts';
import { setWorkers } from '../worker-state.ts';

export function define(command: Command, act: Act): void {
  command
    .argument('<workers...>', 'names, ids, or the ends of them')
    .option(
      '--deadline <time>',
      'attempts save a checkpoint and leave by then: 60s, 5m (default: they run to their end)',
      readSeconds,
    )
    .action(
      act((session, workers: string[], options: { deadline?: number }) => {
        const { deadline } = options;
        return setWorkers(session, workers, {
          state: 'draining',
          ...(deadline !== undefined && { deadline_seconds: deadline }),
        });
      }),
    );
}
