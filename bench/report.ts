import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

/** One measured promise. `measured` is computed in the row's own code through the product's public face. */
export interface Row {
  readonly id: string;
  readonly what: string;
  readonly measured: number | null;
  readonly unit: string;
  /** `<= 1000`, `>= 20`, `== 0`; without one the row only informs. */
  readonly target?: string;
  readonly samples: readonly number[];
  readonly peer?: string;
  readonly peer_value?: number;
  readonly ratio?: number;
  /** Why it was not measured; not a pass. */
  readonly skipped?: string;
  /** What the machine lacks for it; such a row may be skipped. */
  readonly optional?: string;
}

export type Suite = (options: { readonly quick: boolean }) => Promise<Row[]>;

/** Runs the named suites, prints the table, writes the JSON, and sets the exit code: 1 when a row fails. */
export async function runSuites(
  title: string,
  suites: Readonly<Record<string, Suite>>,
  argv: readonly string[],
): Promise<void> {
  const quick = argv.includes('--quick');
  const jsonAt = argv.indexOf('--json');
  const file = jsonAt >= 0 ? argv[jsonAt + 1] : undefined;
  const names = argv.filter((arg, index) => !arg.startsWith('--') && (jsonAt < 0 || index !== jsonAt + 1));
  const unknown = names.filter((name) => !(name in suites));
  if (unknown.length > 0) {
    console.error(`${title}: there is no ${unknown.join(', ')}; known: ${Object.keys(suites).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const rows: Row[] = [];
  for (const [name, suite] of Object.entries(suites)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.error(`${title}: ${name} …`);
    rows.push(...(await suite({ quick })));
  }
  process.exitCode = concludeRows(rows, file);
}

/** Prints the table, writes the JSON if asked to, and answers the exit code. */
export function concludeRows(measured: readonly Row[], file: string | undefined): number {
  const rows = measured.map((row) => ({ ...row, pass: passes(row) }));
  print(rows);
  if (file !== undefined)
    writeFileSync(file, `${JSON.stringify({ machine: machine(), versions: versions(), rows }, null, 2)}\n`);
  const failed = rows.filter(
    (row) => !row.pass && !(row.skipped !== undefined && row.optional !== undefined),
  ).length;
  console.log(`${rows.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

/** A row without a measurement or without samples proves nothing. */
function passes(row: Row): boolean {
  if (row.measured === null || row.skipped !== undefined || row.samples.length === 0) return false;
  if (row.target === undefined) return true;
  const [, sign, figure] = /^(<=|>=|==|<|>)\s*(-?[\d.]+)$/.exec(row.target) ?? [];
  const target = Number(figure);
  switch (sign) {
    case '<=':
      return row.measured <= target;
    case '>=':
      return row.measured >= target;
    case '<':
      return row.measured < target;
    case '>':
      return row.measured > target;
    case '==':
      return row.measured === target;
    default:
      throw new Error(`row ${row.id}: the target "${row.target}" is not a comparison`);
  }
}

/** A count is told to the last one. */
const figure = (measured: number): number =>
  Number.isInteger(measured) ? measured : Number(measured.toPrecision(4));

function print(rows: readonly (Row & { pass: boolean })[]): void {
  const cells = rows.map((row) => [
    row.pass ? '✔' : row.skipped !== undefined ? '–' : '✖',
    row.id,
    row.what,
    row.measured === null ? '' : `${figure(row.measured)} ${row.unit}`,
    row.target ?? '',
    row.skipped ?? (row.peer === undefined ? '' : `${row.peer} ${row.peer_value} (ratio ${row.ratio})`),
  ]);
  const head = ['', 'id', 'what', 'measured', 'target', ''];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((cell) => cell[column]?.length ?? 0)),
  );
  for (const cell of [head, ...cells])
    console.log(
      cell
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

const machine = (): object => ({
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memory_bytes: totalmem(),
  platform: `${process.platform} ${process.arch}`,
});

function versions(): object {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  return { node: process.version, commit };
}

/** The middle of the samples. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The smallest sample that `share` of all do not exceed. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
