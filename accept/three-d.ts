import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { hive, launchServer, launchWorker } from '../bench/product.ts';
import { median, type Row, type Suite } from '../bench/report.ts';

const PROMPTS = resolve(import.meta.dirname, '../../shared/data/text-to-3d/prompts.json');

interface Truth {
  readonly prompt: string;
  readonly truth: {
    readonly volume: number;
    readonly bbox_sorted: readonly number[];
    readonly components: number;
    readonly genus: number;
  };
  readonly vol_rel_tol: number;
  readonly note?: string;
}
interface FinalJob {
  readonly state: string;
  readonly warnings: readonly string[];
  readonly error: { readonly code: string } | null;
  readonly timings: { readonly running_ms: number };
  readonly output: {
    readonly volume_m3: number;
    readonly bbox_m: readonly number[];
    readonly watertight: boolean;
    readonly validator: { readonly errors: number; readonly warnings: number };
  } | null;
}

/** The given prompts with a truth by closed form, submitted as a user would and judged by their final job objects. */
export const threeD: Suite = async () => {
  if (!existsSync(PROMPTS))
    return [
      {
        id: '3d-prompts',
        what: 'prompts with a known truth',
        measured: null,
        unit: 'prompts',
        samples: [],
        skipped: 'the folder ../shared with the prompts is not here',
      },
    ];
  const { prompts } = JSON.parse(readFileSync(PROMPTS, 'utf8')) as { prompts: Truth[] };
  const dir = mkdtempSync(join(tmpdir(), 'hive-accept-'));
  const server = await launchServer(join(dir, 'data'));
  const worker = launchWorker(server.url, dir, 'accept');
  try {
    const jobs: FinalJob[] = [];
    for (const { prompt } of prompts) jobs.push(await generate(server.url, prompt));
    return judge(prompts, jobs);
  } finally {
    await worker.stop();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
};

/** A failed job is an answer too: its object is on stdout, its exit code 8. */
async function generate(url: string, prompt: string): Promise<FinalJob> {
  const out = await hive(url, 'submit', 'text-to-3d', `prompt=${prompt}`, '--wait', '-o', 'json').catch(
    (error: { stdout: string }) => error.stdout,
  );
  return JSON.parse(out) as FinalJob;
}

function judge(prompts: readonly Truth[], jobs: readonly FinalJob[]): Row[] {
  const verdicts = prompts.map((entry, index) => verdictOf(entry, jobs[index]));
  for (const [index, verdict] of verdicts.entries()) {
    const job = jobs[index];
    console.error(
      `  ${verdict.padEnd(8)} ${prompts[index]?.prompt}${verdict === 'right' ? '' : ` — ${job?.error?.code ?? job?.warnings.join('; ')}`}`,
    );
  }
  const count = (wanted: string): number => verdicts.filter((verdict) => verdict === wanted).length;
  const made = jobs.filter((job) => job.output !== null);
  const flawed = made.filter(
    (job) => !job.output?.watertight || job.output.validator.errors + job.output.validator.warnings > 0,
  ).length;
  const times = made.map((job) => job.timings.running_ms);
  const ones = (wanted: string): number[] => verdicts.map((verdict) => Number(verdict === wanted));
  return [
    {
      id: '3d-right',
      what: `of ${prompts.length} prompts: volume and bounding box within 2 %`,
      measured: count('right'),
      unit: 'prompts',
      samples: ones('right'),
    },
    {
      id: '3d-wrong',
      what: 'wrong without a warning',
      measured: count('wrong'),
      unit: 'prompts',
      target: '== 0',
      samples: ones('wrong'),
    },
    {
      id: '3d-flawed',
      what: 'models not watertight or with validator errors or warnings',
      measured: flawed,
      unit: 'models',
      target: '== 0',
      samples: made.map((job) => Number(job.output?.watertight !== true)),
    },
    {
      id: '3d-time',
      what: 'running time on a warm worker, median',
      measured: median(times),
      unit: 'ms',
      samples: times,
    },
  ];
}

/** `refused` and `warned` are honest; `wrong` is a mesh that differs from the truth and does not say so. */
function verdictOf(
  { prompt, truth, vol_rel_tol, note }: Truth,
  job: FinalJob | undefined,
): 'right' | 'refused' | 'warned' | 'wrong' {
  if (job?.output === null || job === undefined) return 'refused';
  const unit = /\bmm\b/.test(prompt) ? 1e-3 : 1e-2;
  const near = (measured: number, wanted: number): boolean =>
    Math.abs(measured - wanted) <= vol_rel_tol * wanted;
  const box = [...job.output.bbox_m].sort((a, b) => a - b);
  const boxRight =
    note?.includes('bbox not checked') ||
    truth.bbox_sorted.every((side, axis) => near((box[axis] ?? 0) / unit, side));
  if (near(job.output.volume_m3 / unit ** 3, truth.volume) && boxRight) return 'right';
  return job.warnings.length > 0 ? 'warned' : 'wrong';
}
