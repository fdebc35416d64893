import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonSchema } from './json-schema.ts';
import { readKeyValues } from './key-values.ts';

const upload = (path: string): Promise<string> => Promise.resolve(`upl_${path}`);
const read = (words: string[], schema?: JsonSchema, base: Record<string, unknown> = {}) =>
  readKeyValues(words, base, schema, upload);

test('JSON is taken as JSON, the rest as text', async () => {
  expect(await read(['a=42', 'b=true', 'c=[1,"x"]', 'd={"e":null}', 'f=a spaceship', 'g=', 'h=a=b'])).toEqual(
    {
      a: 42,
      b: true,
      c: [1, 'x'],
      d: { e: null },
      f: 'a spaceship',
      g: '',
      h: 'a=b',
    },
  );
});

test('dots nest, a written dot does not', async () => {
  expect(await read(['a.b.c=1', 'a.b.d=2', 'e\\.f=3'])).toEqual({ a: { b: { c: 1, d: 2 } }, 'e.f': 3 });
});

test('a file is uploaded, @@ is an @', async () => {
  expect(await read(['image=@cat.png', 'handle=@@cat', 'at=@'])).toEqual({
    image: 'upl_cat.png',
    handle: '@cat',
    at: '@',
  });
});

test('where the schema wants text, 42 is text', async () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: {
      prompt: { type: 'string' },
      seed: { type: 'integer' },
      style: { $ref: '#/$defs/style' },
      either: { anyOf: [{ type: 'string' }, { type: 'number' }] },
      nested: { type: 'object', properties: { note: { type: 'string' } } },
      env: { type: 'object', additionalProperties: { type: 'string' } },
    },
    $defs: { style: { enum: ['1', '2'] } },
  };
  const words = ['prompt=42', 'seed=42', 'style=1', 'either=7', 'nested.note=true', 'env.A=1', 'other=5'];
  expect(await read(words, schema)).toEqual({
    prompt: '42',
    seed: 42,
    style: '1',
    either: 7,
    nested: { note: 'true' },
    env: { A: '1' },
    other: 5,
  });
});

test('in a map of plain values a dot belongs to the key', async () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: { files: { type: 'object', additionalProperties: { type: 'string' } } },
  };
  expect(await read(['files.data.csv=@data.csv'], schema)).toEqual({ files: { 'data.csv': 'upl_data.csv' } });
});

test('words are laid over --input, which is left as it was', async () => {
  const base = { a: { b: 1, c: 2 }, list: [1, 2] };
  expect(await read(['a.b=9', 'list.1=5'], undefined, base)).toEqual({ a: { b: 9, c: 2 }, list: [1, 5] });
  expect(base).toEqual({ a: { b: 1, c: 2 }, list: [1, 2] });
});

test.each([['novalue'], ['=x'], ['a..b=1'], ['.a=1']])('%s is refused', async (word) => {
  await expect(read([word])).rejects.toMatchObject({ exit: 2 });
});

test.each([[['a=1', 'a=2']], [['a=1', 'a.b=2']]])('%s contradicts itself', async (words) => {
  await expect(read(words)).rejects.toMatchObject({ exit: 2 });
});

test('a schema that refers to itself ends', async () => {
  const schema: JsonSchema = { $ref: '#', properties: { a: { $ref: '#' } } };
  expect(await read(['a.a.a=1'], schema)).toEqual({ a: { a: { a: 1 } } });
});

test('any JSON value comes through, under any key', async () => {
  const key = fc.string({ minLength: 1 }).filter((text) => !/[=\\]/.test(text));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key), fc.jsonValue(), async (keys, drawn) => {
      // -0 is the one value that JSON writes as another
      const value = JSON.parse(JSON.stringify(drawn)) as unknown;
      const words = keys.map((one) => `${one.replaceAll('.', '\\.')}=${JSON.stringify(value)}`);
      const input = await read(words);
      expect(Object.keys(input).sort()).toEqual([...keys].sort());
      for (const one of keys) expect(Object.getOwnPropertyDescriptor(input, one)?.value).toEqual(value);
      expect(Object.getPrototypeOf(input)).toBe(Object.prototype);
    }),
  );
});

test('any text comes through a text field as it stands', async () => {
  const schema: JsonSchema = { type: 'object', properties: { t: { type: 'string' } } };
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.string(), fc.json()).filter((text) => !text.startsWith('@')),
      async (text) => {
        expect(await read([`t=${text}`], schema)).toEqual({ t: text });
        expect(await read([`t=@@${text}`], schema)).toEqual({ t: `@${text}` });
      },
    ),
  );
});
