import { mkdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Artifact } from '../../protocol/job.ts';
import type { Act } from '../catalog.ts';
import { CliError, EXIT, usageError } from '../exit.ts';
import { resolveJob } from '../job-id.ts';
import { placeIn, refuseLinkedFolder, type Saved, saveArtifact } from '../save-file.ts';
import { FORMATS, type Session } from '../session.ts';
import { fileSize, plain } from '../text.ts';

interface Options {
  readonly out?: string;
}
interface Row {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly result: Saved;
}

export function define(command: Command, act: Act): void {
  command
    .argument('<job>', 'id, the end of one, or `last`')
    .argument('[names...]', 'only these artifacts (default: all)')
    .option('-o, --out <path>', 'folder; for a single artifact also a file name (default: here)')
    .addHelpText('after', '\n-o is a path here; --json prints what was saved as JSON.')
    .action(act(download));
}

async function download(session: Session, text: string, names: string[], options: Options): Promise<number> {
  refuseFormat(options.out);
  const client = await session.client();
  const id = await resolveJob(session, text);
  const wanted = choose(await client.artifacts.list(id), names, id);
  if (wanted.length === 0) session.note(`${id} has no artifacts`);
  const rows: Row[] = [];
  for (const [artifact, path] of await placesOf(wanted, options.out)) {
    const result = await saveArtifact(client, artifact, path);
    const { name, size, sha256 } = artifact;
    rows.push({ name, path, size, sha256, result });
    if (!session.isMachine)
      session.note(`${session.chatter.ok} ${plain(name)}  ${fileSize(size)}  ${result}`);
  }
  if (session.isMachine) session.showList(rows, { name: (row) => row.path, columns: [], empty: '' });
  else if (rows.length > 0) session.print(rows.map((row) => plain(row.path)).join('\n'));
  return EXIT.ok;
}

/** Elsewhere `-o json` is how to print: a folder of that name is hardly ever meant. */
function refuseFormat(out: string | undefined): void {
  if (out === undefined || !(FORMATS as readonly string[]).includes(out)) return;
  throw usageError(
    `-o ${out} would be a folder here`,
    `use --json, or -o ./${out} for a folder of that name`,
  );
}

function choose(all: readonly Artifact[], names: readonly string[], id: string): readonly Artifact[] {
  const missing = names.find((name) => !all.some((one) => one.name === name));
  if (missing !== undefined) {
    const hint = all.length === 0 ? 'it has none' : `it has ${all.map((one) => one.name).join(', ')}`;
    throw new CliError(EXIT.notFound, 'artifact_not_found', `${id} has no artifact "${missing}"`, hint);
  }
  return names.length === 0 ? all : all.filter((one) => names.includes(one.name));
}

/** A folder holds them under their names; a path that is none and does not end in a slash names a single file. */
async function placesOf(
  artifacts: readonly Artifact[],
  out: string | undefined,
): Promise<(readonly [Artifact, string])[]> {
  const [only] = artifacts;
  if (only === undefined) return [];
  if (out !== undefined && artifacts.length === 1 && (await namesFile(out, only))) {
    return [[only, resolve(out)]];
  }
  const folder = out ?? '.';
  await mkdir(folder, { recursive: true });
  const places = artifacts.map((one) => [one, placeIn(folder, one.name)] as const);
  for (const [, path] of places) await refuseLinkedFolder(folder, path);
  return places;
}

/** `-o ship.glb` is a file, `-o results` a folder: the ending tells, where nothing stands there yet. */
async function namesFile(out: string, artifact: Artifact): Promise<boolean> {
  const facts = await stat(out).catch(() => undefined);
  if (facts !== undefined) return !facts.isDirectory();
  const ending = /\.[^./\\]+$/.exec(artifact.name)?.[0];
  return ending !== undefined && out.endsWith(ending);
}
