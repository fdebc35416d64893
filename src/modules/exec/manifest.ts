import { z } from 'zod';
import { ArtifactName } from '../../protocol/job.ts';
import { defineManifest } from '../../protocol/manifest.ts';

/** What reaches a program through the system ends at a NUL. */
const text = z
  .string()
  .max(128 * 2 ** 10)
  .refine((value) => !value.includes('\0'), 'must not have NUL characters');

const SHAPES =
  'a program with its arguments, such as ["echo","hello"] (hive submit exec -- echo hello), or one line for sh -c';

const command = z
  .union(
    [text.min(1, `is empty: give ${SHAPES}`), z.array(text).min(1, `is empty: give ${SHAPES}`).max(4096)],
    {
      error: ({ input }) => (input === undefined ? `is missing: give ${SHAPES}` : `must be ${SHAPES}`),
    },
  )
  .refine((value) => typeof value === 'string' || value[0] !== '', {
    path: [0],
    message: 'is empty: the first word is the program, such as echo',
  });

const glob = z
  .string()
  .min(1)
  .max(255)
  .refine(
    (value) => !/^\/|\0|(^|\/)\.\.(\/|$)/.test(value),
    'must be a glob below $HIVE_OUT, such as *.txt or **: no / at the start, no .. part',
  );

/** zod says of a key only that it is wrong. */
const keysMust = (message: string) => ({
  error: ({ code }: { readonly code?: string | undefined }) => (code === 'invalid_key' ? message : undefined),
});

export const ExecInput = z.strictObject({
  command: command.describe('a program with its arguments, or one line for `sh -c`'),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
      text,
      keysMust('must be a name of A-Z a-z 0-9 _ that begins with no digit'),
    )
    .default({})
    .describe(
      'environment, beside PATH, HOME, LANG, TZ and HIVE_*; nothing of the worker’s own is passed on',
    ),
  files: z
    .record(
      ArtifactName,
      z.string().min(1),
      keysMust('must be a relative path of 1-255 characters without . or .. parts, such as data.csv'),
    )
    .default({})
    .describe('name in the folder $HIVE_IN → upload or artifact id'),
  stdin: z
    .string()
    .max(2 ** 20)
    .optional(),
  outputs: z
    .array(glob)
    .max(256)
    .default(['**'])
    .describe('which files of the folder $HIVE_OUT are kept: globs of * ? and **'),
  cpu: z.number().min(0.1).max(1024).default(1).describe('cores reserved'),
  memory_bytes: z
    .number()
    .int()
    .min(2 ** 20)
    .max(2 ** 50)
    .default(512 * 2 ** 20)
    .describe(
      'memory reserved; a process may take as much, or the default ceiling of jobs where that is larger',
    ),
});
export type ExecInput = z.infer<typeof ExecInput>;

export const ExecOutput = z.strictObject({
  exit_code: z.literal(0),
  stdout: z.string().describe('the last 16 KiB of standard output; all of it is in the log'),
  stdout_truncated: z.boolean(),
  files: z.array(z.string()).describe('what was kept of $HIVE_OUT'),
});
export type ExecOutput = z.infer<typeof ExecOutput>;

/**
 * What a program finds: it starts in an empty scratch folder (also its HOME), reads `$HIVE_IN/<name>`, leaves its
 * results in `$HIVE_OUT`, and may print `::progress 40 stage` on a line of its own.
 */
export const manifest = defineManifest<ExecInput>({
  name: 'exec',
  family: 'exec',
  kind: 'exec',
  title: 'Run a command',
  description: 'Runs any program of the worker’s machine: files in by $HIVE_IN, results out by $HIVE_OUT.',
  version: '1.0.0',
  input: ExecInput,
  output: ExecOutput,
  needs: (input) => ({ cpu: input.cpu, memory_bytes: input.memory_bytes, capabilities: ['exec'] }),
  files: (input) => input.files,
  example: {
    command: ['sh', '-c', 'echo hello; echo world > "$HIVE_OUT/world.txt"'],
    env: {},
    files: {},
    outputs: ['**'],
    cpu: 1,
    memory_bytes: 512 * 2 ** 20,
  },
});
