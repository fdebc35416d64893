import { z } from 'zod';
import { JobState } from '../../protocol/job.ts';
import { callerOf } from '../caller.ts';
import type { App, Context } from '../context.ts';
import { operation } from '../operation.ts';

const Stats = z
  .object({
    jobs: z.record(JobState, z.number().int()),
    workers: z.record(z.string(), z.number().int()),
    slots: z.object({ total: z.number().int(), used: z.number().int() }),
    uptime_seconds: z.number(),
    process: z.object({ rss_bytes: z.number().int(), cpu_seconds: z.number() }),
  })
  .meta({ id: 'Stats' });

export function statsRoutes(app: App, { orchestrator }: Context): void {
  const schema = operation({
    id: 'getStats',
    tag: 'stats',
    summary: 'Count jobs, workers and slots',
    answers: { 200: Stats },
  });
  app.get('/stats', { schema }, (request) => orchestrator.stats(callerOf(request)));
}
