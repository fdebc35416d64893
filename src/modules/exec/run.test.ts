import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { moduleConformance } from '../conformance.ts';
import { type ModuleContext, UNBROKEN } from '../module.ts';
import { seededRandom } from '../random.ts';
import { compileGlob } from './glob.ts';
import { type ExecInput, manifest } from './manifest.ts';
import { hasEnvironment, readProcesses } from './process-table.ts';
import { module } from './run.ts';
import { withScope } from './scope.ts';

moduleConformance(module, { slow: { ...manifest.example, command: ['sleep', '600'] } });

interface Recorder {
  readonly context: ModuleContext;
  readonly lines: string[];
  readonly progress: [number, string | undefined][];
  readonly stop: AbortController;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hive-exec-'));
  for (const name of ['in', 'out', 'work']) await mkdir(join(folder, name));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function record(onLine: (line: string) => void = () => {}): Recorder {
  const lines: string[] = [];
  const progress: [number, string | undefined][] = [];
  const stop = new AbortController();
  const context: ModuleContext = {
    ...UNBROKEN,
    signal: stop.signal,
    progress: (percent, stage) => void progress.push([percent, stage]),
    log: (line) => {
      lines.push(line);
      onLine(line);
    },
    files: { in: (name) => join(folder, 'in', name), out: join(folder, 'out'), work: join(folder, 'work') },
    random: seededRandom,
  };
  return { context, lines, progress, stop };
}

const run = (input: Partial<ExecInput>, recorder = record()) =>
  module.run(manifest.input.parse({ ...input }), recorder.context);

const scope = (attempt: string, memory_bytes: number | null = null) => ({
  job_id: 'job_x',
  attempt,
  memory_bytes,
  started: () => {},
  ended: () => {},
});

function makePromise(): [Promise<void>, () => void] {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return [promise, resolve];
}

const alive = (attempt: string): number[] =>
  readProcesses()
    .filter((row) => !row.zombie && hasEnvironment(row.pid, `HIVE_ATTEMPT=${attempt}`))
    .map((row) => row.pid);

describe('exec', () => {
  it('gives a program its files, a clean environment and a scratch folder, and keeps what it leaves', async () => {
    await writeFile(join(folder, 'in', 'a.txt'), 'from outside');
    process.env.SECRET_OF_THE_WORKER = 'x';
    const recorder = record();
    const script =
      'cat "$HIVE_IN/a.txt" > "$HIVE_OUT/b.txt"; mkdir "$HIVE_OUT/d"; echo 1 > "$HIVE_OUT/d/c.log"; ' +
      'pwd; env; echo oops >&2; echo "::progress 40 meshing"';
    const result = await run({ command: script, env: { OWN: 'y' }, outputs: ['*.txt'] }, recorder);
    delete process.env.SECRET_OF_THE_WORKER;
    expect(result.output.files).toEqual(['b.txt']);
    expect(await readFile(join(folder, 'out', 'b.txt'), 'utf8')).toBe('from outside');
    expect(await readdir(join(folder, 'out', 'd'))).toEqual([]);
    expect(recorder.lines).toContain(join(folder, 'work'));
    expect(recorder.lines).toContain('OWN=y');
    expect(recorder.lines).toContain('[stderr] oops');
    expect(recorder.lines.join('\n')).not.toContain('SECRET_OF_THE_WORKER');
    const names = recorder.lines.flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    const allowed = ['PATH', 'HOME', 'LANG', 'TZ', 'PWD', 'OLDPWD', 'SHLVL', '_', 'OWN'];
    expect(names.filter((name) => !allowed.includes(name) && !name.startsWith('HIVE_'))).toEqual([]);
    expect(recorder.progress).toContainEqual([40, 'meshing']);
    expect(result.output.stdout).not.toContain('::progress');
  });

  it('keeps what it can and warns of what it cannot', async () => {
    const script =
      'cd "$HIVE_OUT"; echo q > ok; printf z > "$(printf "bad\\377utf")"; mkfifo pipe.tmp; ln -s ok link';
    const { output, warnings } = await run({ command: script, outputs: ['ok', 'bad*', 'link'] });
    expect(output.files).toEqual(['ok']);
    expect([...(warnings ?? [])].sort()).toEqual([
      'left out bad\\xffutf: its name is not UTF-8',
      'left out link: it is a link, only plain files become artifacts',
    ]);
    expect(await readdir(join(folder, 'out'))).not.toContain('pipe.tmp');
  });

  it('passes arguments as they are, with no shell between', async () => {
    const { output } = await run({ command: ['printf', '%s|', 'a b', '$HOME', '*'] });
    expect(output.stdout).toBe('a b|$HOME|*|\n');
  });

  it('feeds standard input', async () => {
    expect((await run({ command: ['cat'], stdin: 'one\ntwo' })).output.stdout).toBe('one\ntwo\n');
  });

  it('says what a failing program exited with and its last words', async () => {
    const failing = run({ command: 'echo working; echo "no such tile" >&2; exit 7' });
    await expect(failing).rejects.toMatchObject({
      name: 'ModuleError',
      code: 'exit_code',
      message: expect.stringContaining('no such tile'),
      details: { exit_code: 7, signal: null, stderr: ['no such tile'] },
    });
  });

  it('says when there is no such program, asked for directly or through a shell', async () => {
    await expect(run({ command: ['no-such-program'] })).rejects.toMatchObject({
      code: 'command_not_found',
      hint: expect.stringContaining('install'),
    });
    await expect(run({ command: 'no-such-program --x' })).rejects.toMatchObject({
      code: 'command_not_found',
    });
  });

  it('tells a signal from an exit code', async () => {
    await expect(run({ command: 'kill -SEGV $$' })).rejects.toMatchObject({
      code: 'killed_by_signal',
      details: { signal: 'SIGSEGV' },
    });
  });

  it('keeps the end of a long output and says that it is cut', async () => {
    const { output } = await run({
      command: 'i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done',
    });
    expect(output.stdout_truncated).toBe(true);
    expect(output.stdout.endsWith('line 4999\n')).toBe(true);
    expect(output.stdout.length).toBeLessThanOrEqual(16 * 1024);
  });

  it.runIf(process.platform === 'linux')('refuses memory above the ceiling, and calls that oom', async () => {
    const hungry = 'const a = []; for (;;) a.push(Buffer.alloc(2 ** 24, 1));';
    const command = [process.execPath, '-e', hungry];
    const failing = withScope(scope('mem#1', 64 * 2 ** 20), () => run({ command }));
    await expect(failing).rejects.toMatchObject({ code: 'ENOMEM' });
  });

  it.runIf(process.platform === 'linux')(
    'ends with all that left its group, as fast as it is told',
    async () => {
      const attempt = 'tree#1';
      const [ready, resolve] = makePromise();
      const recorder = record((line) => line === 'ready' && resolve());
      // A child, a session of its own, and a daemon that was forked twice and forgets its parents.
      const script =
        'sleep 600 & setsid sleep 600 & (setsid sh -c "sleep 600 & sleep 600" &) ; echo ready; wait';
      const running = withScope(scope(attempt), () => run({ command: script }, recorder));
      await ready;
      expect(alive(attempt).length).toBeGreaterThanOrEqual(4);
      const asked = performance.now();
      recorder.stop.abort(new Error('canceled'));
      await expect(running).rejects.toThrow('canceled');
      expect(performance.now() - asked).toBeLessThan(5000);
      expect(alive(attempt)).toEqual([]);
    },
  );

  it.runIf(process.platform === 'linux')('kills what ignores SIGTERM', async () => {
    const [ready, resolve] = makePromise();
    const recorder = record((line) => line === 'deaf' && resolve());
    const script = 'trap "" TERM; echo deaf; while :; do sleep 0.1; done';
    const running = withScope(scope('deaf#1'), () => run({ command: script }, recorder));
    await ready;
    recorder.stop.abort(new Error('canceled'));
    await expect(running).rejects.toThrow('canceled');
    expect(alive('deaf#1')).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('ends what it left in the background', async () => {
    const result = await withScope(scope('back#1'), () =>
      run({ command: 'setsid sleep 600 & sleep 600 & echo off' }),
    );
    expect(result.output.stdout).toBe('off\n');
    expect(alive('back#1')).toEqual([]);
  });
});

describe('the input of exec', () => {
  const faults = (input: unknown): string[] =>
    manifest.input.safeParse(input).error?.issues.map((one) => `/${one.path.join('/')} ${one.message}`) ?? [];

  it.each([
    [{}, /^\/command is missing: give a program .*hive submit exec -- echo hello/],
    [{ command: 7 }, /^\/command must be a program/],
    [{ command: '' }, /^\/command is empty: give/],
    [{ command: [] }, /^\/command is empty: give/],
    [{ command: [''] }, /^\/command\/0 is empty: the first word is the program/],
    [{ command: ['', 'x'] }, /^\/command\/0 is empty/],
    [{ command: ['echo', 'a\0b'] }, /^\/command\/1 must not have NUL/],
    [{ command: 'echo \0' }, /^\/command must not have NUL/],
    [{ command: 'x', env: { A: '\0' } }, /^\/env\/A must not have NUL/],
    [{ command: 'x', env: { 'A=B': '1' } }, /^\/env\/A=B must be a name of A-Z/],
    [{ command: 'x', files: { '../a': 'upl_1' } }, /^\/files\/..\/a must be a relative path/],
    [{ command: 'x', files: { '/a': 'upl_1' } }, /must be a relative path/],
    [{ command: 'x', files: { 'a\0': 'upl_1' } }, /must be a relative path/],
    [{ command: 'x', outputs: ['../../x'] }, /^\/outputs\/0 must be a glob below \$HIVE_OUT/],
    [{ command: 'x', outputs: ['/x'] }, /must be a glob below/],
  ])('%j is refused with what is valid', (input, says) => {
    expect(faults(input)).toEqual([expect.stringMatching(says)]);
  });

  it.each([
    { command: ['echo', ''] },
    { command: 'x', outputs: ['./a..b', '**/*.txt'], env: { _A1: '' }, files: { 'a/b..c': 'upl_1' } },
    { command: 'x', stdin: 'a\0b' },
  ])('%j is taken', (input) => {
    expect(faults(input)).toEqual([]);
  });

  it('may name a file that is no program: the error says so', async () => {
    await expect(run({ command: ['/etc/passwd'] })).rejects.toThrow('/etc/passwd: is not executable');
    await expect(run({ command: ['/etc'] })).rejects.toThrow('/etc: is a folder');
    await expect(run({ command: ['/no/such'] })).rejects.toThrow('/no/such: no such file');
    await expect(run({ command: ['no-such'] })).rejects.toThrow('no such program in PATH');
  });
});

describe('globs', () => {
  it.each([
    ['**', 'a/b.txt', true],
    ['*.txt', 'a.txt', true],
    ['*.txt', 'd/a.txt', false],
    ['**/*.txt', 'a.txt', true],
    ['**/*.txt', 'd/e/a.txt', true],
    ['d/**', 'd/e/a.txt', true],
    ['d/**', 'e/a.txt', false],
    ['a?.tx+', 'ab.tx+', true],
    ['a.txt', 'abtxt', false],
  ])('%s on %s', (glob, name, fits) => {
    expect(compileGlob(glob).test(name)).toBe(fits);
  });
});
