import { z } from 'zod';
import type { Orchestrator } from '../../orchestrator/orchestrator.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { Manifest } from '../../protocol/manifest.ts';
import { Requirements } from '../../protocol/requirements.ts';
import type { App, Context } from '../context.ts';
import { operation } from '../operation.ts';
import { listOfData } from '../schemas.ts';

const JsonSchema = z.record(z.string(), z.unknown()).describe('JSON Schema 2020-12');
const ModuleInfo = z
  .object({
    name: z.string(),
    family: z.string(),
    kind: z.string(),
    title: z.string(),
    description: z.string(),
    version: z.string(),
    input: JsonSchema,
    output: JsonSchema,
    example: z.unknown().describe('an input that runs anywhere in seconds'),
    needs: Requirements.describe('of the example'),
  })
  .meta({ id: 'Module' });
type ModuleInfo = z.infer<typeof ModuleInfo>;

const described = new WeakMap<Manifest, ModuleInfo>();

/** Made once: a manifest never changes while the process lives. */
function describe(manifest: Manifest): ModuleInfo {
  const known = described.get(manifest);
  if (known !== undefined) return known;
  const { name, family, kind, title, description, version, example } = manifest;
  const info = {
    ...{ name, family, kind, title, description, version, example },
    input: schemaOf(manifest.input, 'input'),
    output: schemaOf(manifest.output, 'output'),
    needs: Requirements.parse(manifest.needs(manifest.input.parse(example))),
  };
  described.set(manifest, info);
  return info;
}

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> =>
  z.toJSONSchema(schema, { io, unrepresentable: 'any' });

export function moduleRoutes(app: App, { orchestrator }: Context): void {
  const list = operation({
    id: 'listModules',
    tag: 'modules',
    summary: 'List modules',
    answers: { 200: listOfData(ModuleInfo) },
  });
  app.get('/modules', { schema: list }, async () => ({ data: orchestrator.listModules().map(describe) }));
  const one = {
    params: z.object({ name: z.string().max(128) }),
    ...operation({
      id: 'getModule',
      tag: 'modules',
      summary: 'Read a module: its schemas, an example, and what that needs',
      answers: { 200: ModuleInfo },
      errors: ['not_found'],
    }),
  };
  app.get('/modules/:name', { schema: one }, async (request) =>
    describe(moduleOf(orchestrator, request.params.name)),
  );
}

/** What is unprocessable in a submit is, as an address, simply not there. */
function moduleOf(orchestrator: Orchestrator, name: string): Manifest {
  try {
    return orchestrator.getModule(name);
  } catch (error) {
    if (!(error instanceof HiveError) || error.code !== 'unknown_module') throw error;
    throw new HiveError('not_found', error.message, { hint: error.hint, cause: error });
  }
}
