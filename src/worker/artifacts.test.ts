import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StandIn } from '../../test/worker/stand-in-orchestrator.ts';
import { uploadArtifacts } from './artifacts.ts';
import { AttemptApi } from './attempt-api.ts';

let server: StandIn;
let folder: string;
let api: AttemptApi;

beforeEach(async () => {
  server = await StandIn.listen();
  api = new AttemptApi(server.url);
  folder = await mkdtemp(join(tmpdir(), 'hive-out-'));
});
afterEach(async () => {
  api.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function upload(): Promise<{ names: string[]; lines: string[] }> {
  const lines: string[] = [];
  const ref = server.assign('test', {});
  const signal = AbortSignal.timeout(10_000);
  const entries = await uploadArtifacts(api, ref, folder, signal, (line) => void lines.push(line));
  expect([...server.artifacts(ref).keys()].sort()).toEqual(entries.map(({ name }) => name));
  return { names: entries.map(({ name }) => name), lines };
}

describe('what becomes an artifact', () => {
  it('is every plain file, at any depth, whatever its name as long as it is text', async () => {
    await mkdir(join(folder, 'a/b'), { recursive: true });
    for (const name of ['ok', 'a/b/ж 1.txt', 'a/\ufeffmark']) await writeFile(join(folder, name), name);
    expect(await upload()).toEqual({ names: ['a/b/ж 1.txt', 'a/\ufeffmark', 'ok'], lines: [] });
  });

  it.skipIf(process.platform === 'win32')('is not what has no portable name; the rest is kept', async () => {
    const long = 'l'.repeat(200);
    await mkdir(join(folder, long));
    await writeFile(join(folder, 'ok'), 'q');
    for (const name of ['a\nb', 'c\\d', `${long}/${long}`]) await writeFile(join(folder, name), 'z');
    for (const bytes of ['bad\xffutf', 'dir\xfe']) {
      const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(bytes, 'latin1')]);
      if (bytes.startsWith('dir')) await mkdir(path);
      await writeFile(bytes.startsWith('dir') ? Buffer.concat([path, Buffer.from('/x')]) : path, 'z');
    }
    const { names, lines } = await upload();
    expect(names).toEqual(['ok']);
    expect(lines.sort()).toEqual([
      '[hive] left out a\\x0ab: its name has control characters',
      '[hive] left out bad\\xffutf: its name is not UTF-8',
      '[hive] left out c\\d: its name is not portable',
      '[hive] left out dir\\xfe/x: its name is not UTF-8',
      `[hive] left out ${long}/${long}: its name is longer than 255 characters`,
    ]);
  });

  it.skipIf(process.platform === 'win32')('is no pipe, no socket and no link', async () => {
    await writeFile(join(folder, 'ok'), 'q');
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'pipe')]);
    execFileSync('ln', ['-s', '/etc/passwd', join(folder, 'link')]);
    execFileSync('ln', ['-s', folder, join(folder, 'loop')]);
    const socket = createServer().listen(join(folder, 'socket'));
    await new Promise((resolve) => socket.once('listening', resolve));
    const { names, lines } = await upload();
    socket.close();
    expect(names).toEqual(['ok']);
    expect(lines.sort()).toEqual(
      ['link: it is a link', 'loop: it is a link', 'pipe: it is a pipe', 'socket: it is a socket'].map(
        (what) => `[hive] left out ${what}, only plain files become artifacts`,
      ),
    );
  });

  // Nothing is unreadable to root.
  it.skipIf(process.getuid?.() === 0)('is nothing that cannot be read', async () => {
    await writeFile(join(folder, 'ok'), 'q');
    await writeFile(join(folder, 'secret'), 'z', { mode: 0 });
    await mkdir(join(folder, 'closed'), { mode: 0 });
    const { names, lines } = await upload();
    expect(names).toEqual(['ok']);
    expect(lines.sort()).toEqual([
      '[hive] left out closed/: the folder cannot be read',
      '[hive] left out secret: it cannot be read',
    ]);
  });

  it.skipIf(process.platform === 'win32')(
    'is told of in a few lines, however much was left out',
    async () => {
      await Promise.all(Array.from({ length: 50 }, (_, n) => writeFile(join(folder, `${n}\n`), 'z')));
      const { lines } = await upload();
      expect(lines).toHaveLength(21);
      expect(lines.at(-1)).toBe('[hive] left out 30 more of that kind');
      expect(await readFile(join(folder, '0\n'), 'utf8')).toBe('z');
    },
  );
});
