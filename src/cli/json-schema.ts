/** As much of JSON Schema as is needed to tell text from other values and to list a module's fields. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

/** The alternatives a schema stands for, references followed, each once: schemas may refer to themselves. */
function branches(schema: JsonSchema, root: JsonSchema, seen: Set<JsonSchema> = new Set()): JsonSchema[] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const target = schema.$ref === undefined ? undefined : resolve(schema.$ref, root);
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  if (target !== undefined) parts.push(target);
  const nested = parts.flatMap((part) => branches(part, root, seen));
  const isOwn =
    schema.type !== undefined || schema.enum !== undefined || 'const' in schema || schema.properties;
  return isOwn || parts.length === 0 ? [schema, ...nested] : nested;
}

function resolve(ref: string, root: JsonSchema): JsonSchema | undefined {
  const name = /^#\/\$defs\/(.+)$/.exec(ref)?.[1];
  if (ref === '#') return root;
  return name === undefined ? undefined : root.$defs?.[name.replaceAll('~1', '/').replaceAll('~0', '~')];
}

/** What the schema says of the value at the path; undefined when it says nothing. */
export function schemaAt(root: JsonSchema, path: readonly string[]): JsonSchema | undefined {
  let found = branches(root, root);
  for (const part of path) {
    const seen = new Set<JsonSchema>();
    const next = found.flatMap((schema) => memberOf(schema, part));
    found = next.flatMap((schema) => branches(schema, root, seen));
  }
  return found.length === 0 ? undefined : { anyOf: found };
}

function memberOf(schema: JsonSchema, part: string): JsonSchema[] {
  const { properties, additionalProperties, items } = schema;
  if (properties && Object.hasOwn(properties, part)) return [properties[part] ?? {}];
  if (items && /^\d+$/.test(part)) return [items];
  return typeof additionalProperties === 'object' ? [additionalProperties] : [];
}

/**
 * The key split at its dots; in a map of plain values the rest is one key: `files.data.csv=@data.csv`.
 * `\\.` is a dot that never splits.
 */
export function splitKey(key: string, root: JsonSchema | undefined): string[] {
  const parts = key.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'));
  for (let at = 1; root !== undefined && at < parts.length; at++) {
    const place = schemaAt(root, parts.slice(0, at));
    if (place && isPlainMap(place, root)) return [...parts.slice(0, at), parts.slice(at).join('.')];
  }
  return parts;
}

const isPlainMap = (schema: JsonSchema, root: JsonSchema): boolean =>
  branches(schema, root).some(({ properties, additionalProperties }) => {
    if (properties !== undefined || typeof additionalProperties !== 'object') return false;
    return branches(additionalProperties, root).every((one) => one.type !== 'object' && one.type !== 'array');
  });

/** Whether only text can stand there, so that `42` is meant as text. */
export function acceptsOnlyText(schema: JsonSchema): boolean {
  const all = branches(schema, schema);
  return all.every((one) => {
    if (one.enum !== undefined) return one.enum.every((value) => typeof value === 'string');
    if ('const' in one) return typeof one.const === 'string';
    return one.type === 'string';
  });
}

/** One field of an object, in words. */
export interface SchemaField {
  readonly name: string;
  readonly required: boolean;
  readonly type: string;
  readonly fallback: string;
  readonly description: string;
}

export function fieldsOf(root: JsonSchema): SchemaField[] {
  const objects = branches(root, root).filter((schema) => schema.properties !== undefined);
  return objects.flatMap((object) =>
    Object.entries(object.properties ?? {}).map(([name, schema]) => ({
      name,
      // what has a default need not be given, though an output schema lists it as required
      required: (object.required ?? []).includes(name) && schema.default === undefined,
      type: typeWords(schema, root),
      fallback: schema.default === undefined ? '' : JSON.stringify(schema.default),
      description: schema.description ?? '',
    })),
  );
}

function typeWords(schema: JsonSchema, root: JsonSchema): string {
  const words = branches(schema, root).map((one) => {
    if (one.enum !== undefined) return one.enum.map(String).join('|');
    if ('const' in one) return String(one.const);
    const range =
      one.minimum === undefined || one.maximum === undefined ? '' : ` ${one.minimum}..${one.maximum}`;
    return `${[one.type ?? 'any'].flat().join('|')}${range}`;
  });
  return [...new Set(words)].join('|');
}
