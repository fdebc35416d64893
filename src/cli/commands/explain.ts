import type { Command } from 'commander';
import type { Explanation } from '../../protocol/explain.ts';
import { isTerminal } from '../../protocol/job-state.ts';
import type { Act } from '../catalog.ts';
import { EXIT } from '../exit.ts';
import { resolveJob } from '../job-id.ts';
import type { Palette } from '../palette.ts';
import type { Session } from '../session.ts';
import { layTable } from '../table.ts';
import { count, plain } from '../text.ts';

export function define(command: Command, act: Act): void {
  command.argument('<job>', 'id, the end of one, or `last`').action(act(explain));
}

async function explain(session: Session, text: string): Promise<number> {
  const id = await resolveJob(session, text);
  const told = await (await session.client()).jobs.explain(id);
  session.showOne(told, { name: (one) => one.job_id, human: (one) => describe(one, session.palette) });
  return EXIT.ok;
}

function describe(told: Explanation, palette: Palette): string {
  const { position, workers, feasible_now, feasible_ever, nearest, fix } = told;
  const lines = [plain(told.summary)];
  if (isTerminal(told.state)) return lines.join('\n');
  if (position !== null) lines.push(`  position ${position} of its kind`);
  if (workers > 0 && told.state === 'queued') {
    lines.push(
      `  ${feasible_ever} of ${count(workers, 'worker')} could take it, ${feasible_now} of them now`,
    );
  }
  if (nearest !== null && nearest.missing.length > 0) {
    lines.push(`  nearest: ${plain(nearest.name)}: it ${listed(nearest.missing.map(plain))}`);
  }
  const failing = told.checks.filter((check) => check.failing > 0);
  if (failing.length > 0) lines.push('', tableOf(failing, workers, palette).trimEnd());
  if (fix !== null) lines.push(`  ${palette.colour('cyan', `→ ${plain(fix)}`)}`);
  return lines.join('\n');
}

const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

const tableOf = (checks: Explanation['checks'], workers: number, palette: Palette): string =>
  layTable(
    checks,
    [
      { title: 'NEEDS', value: (check) => check.requirement },
      { title: 'WANTED', value: (check) => check.needed },
      { title: 'FAILING', value: (check) => `${check.failing} of ${workers}` },
      { title: 'WHY', value: (check) => check.message },
    ],
    palette,
  );
