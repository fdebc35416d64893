import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HiveClient } from '../client/index.ts';
import { type Artifact, ArtifactName } from '../protocol/job.ts';
import { placeIn, refuseLinkedFolder, saveArtifact } from './save-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hive-save-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const artifactOf = (content: string, name = 'a.txt'): Artifact =>
  ({ id: 'art_x', name, size: content.length, sha256: sha256(content) }) as unknown as Artifact;

function clientOf(content: string): { client: HiveClient; offsets: number[] } {
  const offsets: number[] = [];
  const download = async (_: string, { offset = 0 }: { offset?: number }) => {
    offsets.push(offset);
    const body = (async function* () {
      yield Buffer.from(content.slice(offset));
    })();
    return { body, offset };
  };
  return { client: { artifacts: { download } } as unknown as HiveClient, offsets };
}

test.each(['../x', '/etc/passwd', 'a/../../x', '..', '.', 'a\0b'])('the name %j stays out', (name) => {
  expect(() => placeIn(folder, name)).toThrow(/leads out of/);
});

test('every name the protocol allows lies in the folder', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      fc.pre(ArtifactName.safeParse(name).success);
      expect(placeIn(folder, name).startsWith(`${folder}/`)).toBe(true);
    }),
  );
});

test('a folder that is a link out of the target is refused', async () => {
  await symlink('/', join(folder, 'sub'));
  await expect(refuseLinkedFolder(folder, join(folder, 'sub', 'tmp', 'x'))).rejects.toThrow(/leads out/);
  await expect(refuseLinkedFolder(folder, join(folder, 'new', 'x'))).resolves.toBeUndefined();
});

test('it saves, and keeps what is already whole', async () => {
  const { client, offsets } = clientOf('hello');
  const path = join(folder, 'deep', 'a.txt');
  expect(await saveArtifact(client, artifactOf('hello'), path)).toBe('saved');
  expect(await readFile(path, 'utf8')).toBe('hello');
  expect(await saveArtifact(client, artifactOf('hello'), path)).toBe('kept');
  expect(offsets).toEqual([0]);
});

test('it overwrites another content, and takes up a broken download', async () => {
  const { client, offsets } = clientOf('hello world');
  const path = join(folder, 'a.txt');
  await writeFile(path, 'old');
  await writeFile(`${path}.${sha256('hello world').slice(0, 12)}.part`, 'hello');
  expect(await saveArtifact(client, artifactOf('hello world'), path)).toBe('saved');
  expect(await readFile(path, 'utf8')).toBe('hello world');
  expect(offsets).toEqual([5]);
});

test('damaged bytes are not saved, and leave what was there', async () => {
  const { client } = clientOf('hellO');
  const path = join(folder, 'a.txt');
  await writeFile(path, 'old');
  await expect(saveArtifact(client, artifactOf('hello'), path)).rejects.toThrow(/damaged/);
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['a.txt']);
});

test('an empty file is a file', async () => {
  const { client } = clientOf('');
  await saveArtifact(client, artifactOf('', 'empty'), join(folder, 'empty'));
  expect(await readFile(join(folder, 'empty'), 'utf8')).toBe('');
});
