import { usageError } from './exit.ts';
import { acceptsOnlyText, type JsonSchema, schemaAt, splitKey } from './json-schema.ts';

/** One `key=value` of the command line, its value not yet read. */
interface Assignment {
  readonly path: readonly string[];
  readonly text: string;
}

/** Turns `@path` into what stands for the file in an input: the id of its upload. */
export type UploadFile = (path: string) => Promise<string>;

/**
 * The input that `key=value …` words describe, laid over a base.
 * Dots nest (`\.` is a dot). A value that is JSON is taken as such, unless the schema wants text there;
 * `@path` uploads the file, `@@` begins a text with @.
 */
export async function readKeyValues(
  words: readonly string[],
  base: Readonly<Record<string, unknown>>,
  schema: JsonSchema | undefined,
  upload: UploadFile,
): Promise<Record<string, unknown>> {
  const input = structuredClone(base) as Record<string, unknown>;
  const seen = new Set<string>();
  for (const { path, text } of words.map((word) => readAssignment(word, schema))) {
    const key = path.join('\0');
    if (seen.has(key)) throw usageError(`${path.join('.')} is given twice`);
    seen.add(key);
    const value = await readValue(text, schema && schemaAt(schema, path), upload);
    setAt(input, path, value, seen);
  }
  return input;
}

function readAssignment(word: string, schema: JsonSchema | undefined): Assignment {
  const equals = word.indexOf('=');
  if (equals < 1) {
    const hint = 'a command goes after --: hive submit exec -- echo hello';
    throw usageError(`"${word}" is not of the form key=value`, hint);
  }
  const path = splitKey(word.slice(0, equals), schema);
  if (path.includes('')) throw usageError(`"${word}" has an empty part in its key`);
  return { path, text: word.slice(equals + 1) };
}

async function readValue(text: string, schema: JsonSchema | undefined, upload: UploadFile): Promise<unknown> {
  if (text.startsWith('@@')) return text.slice(1);
  if (text.startsWith('@') && text.length > 1) return upload(text.slice(1));
  if (schema !== undefined && acceptsOnlyText(schema)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Defined, never assigned: a key such as `__proto__` is data like any other. */
function setAt(
  input: Record<string, unknown>,
  path: readonly string[],
  value: unknown,
  seen: ReadonlySet<string>,
): void {
  let place = input;
  path.slice(0, -1).forEach((part, at) => {
    const next = Object.hasOwn(place, part) ? place[part] : undefined;
    const isPlace = typeof next === 'object' && next !== null;
    if (!isPlace && seen.has(path.slice(0, at + 1).join('\0'))) {
      throw usageError(`${path.slice(0, at + 1).join('.')} is given a value and parts as well`);
    }
    if (!isPlace) define(place, part, {});
    place = place[part] as Record<string, unknown>;
  });
  define(place, path.at(-1) ?? '', value);
}

const define = (place: object, key: string, value: unknown): unknown =>
  Object.defineProperty(place, key, { value, writable: true, enumerable: true, configurable: true });
