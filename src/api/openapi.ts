import type { SwaggerTransform } from '@fastify/swagger';
import type { z } from 'zod';
import type { App } from './context.ts';

type Json = Record<string, unknown>;
type Transform = (route: Described) => Described;
interface Described {
  readonly schema: Json & { readonly documentedBody?: Readonly<Record<string, z.ZodType>> };
  readonly url: string;
}

const DESCRIPTION =
  'Jobs, workers and artifacts of a self-hosted Hive. Errors are RFC 9457 problems with a stable `code`; ' +
  'see /docs/problems.';
const TAGS = [
  'jobs',
  'groups',
  'artifacts',
  'uploads',
  'modules',
  'workers',
  'quotas',
  'attempts',
  'events',
  'stats',
  'server',
];

/**
 * The OpenAPI document. It is made by registering the routes once more on a server that never listens, so that neither
 * the generator nor its libraries cost anything at start.
 */
export async function makeOpenApi(version: string, routes: (app: App) => void): Promise<object> {
  const [{ default: Fastify }, { default: swagger }, zodProvider] = await Promise.all([
    import('fastify'),
    import('@fastify/swagger'),
    import('fastify-type-provider-zod'),
  ]);
  const app = Fastify().withTypeProvider<import('fastify-type-provider-zod').ZodTypeProvider>();
  app.setValidatorCompiler(zodProvider.validatorCompiler);
  app.setSerializerCompiler(zodProvider.serializerCompiler);
  const transform = zodProvider.jsonSchemaTransform as unknown as Transform;
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Hive', version, description: DESCRIPTION },
      tags: TAGS.map((name) => ({ name })),
    },
    transform: ((route: Described) => describe(route, transform)) as unknown as SwaggerTransform,
    transformObject: zodProvider.jsonSchemaTransformObject,
  });
  await app.register(async (scope) => routes(scope as unknown as App));
  await app.ready();
  const document = app.swagger() as Json;
  await app.close();
  return withoutUnused(document);
}

/** One route as JSON Schema: bodies that fastify does not check are described too, and `*` gets a name. */
function describe(route: Described, toJson: Transform): Described {
  const { documentedBody, ...schema } = route.schema;
  const { schema: json, url } = toJson({ ...route, schema });
  if (documentedBody !== undefined) {
    const content = Object.entries(documentedBody).map(([type, body]) => {
      const { schema: only } = toJson({ ...route, schema: { body } });
      return [type, { schema: only.body }];
    });
    json.body = { content: Object.fromEntries(content) };
  }
  return { schema: nameTheRest(json), url: url.replace(/\*$/, ':name') };
}

function nameTheRest(json: Json): Json {
  const params = json.params as { properties?: Json; required?: string[] } | undefined;
  const { '*': rest, ...others } = params?.properties ?? {};
  if (rest === undefined) return json;
  const required = params?.required?.map((name) => (name === '*' ? 'name' : name));
  return { ...json, params: { ...params, properties: { ...others, name: rest }, required } };
}

/** The generator lists every named schema twice, as read and as written; only those that something points to are kept. */
function withoutUnused(document: Json): Json {
  const components = document.components as Json;
  const schemas = components.schemas as Json;
  const used = new Set<string>();
  const visit = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name]);
    }
  };
  visit(document.paths);
  const kept = Object.entries(schemas).filter(([name]) => used.has(name));
  return { ...document, components: { ...components, schemas: Object.fromEntries(kept) } };
}
