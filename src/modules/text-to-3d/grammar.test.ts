import { expect, test } from 'vitest';
import { VOCABULARY } from './catalog.ts';
import { readPrompt } from './grammar.ts';
import { readTokens } from './tokens.ts';

const read = (prompt: string) => readPrompt(prompt, VOCABULARY).phrases;
const measuresOf = (prompt: string) =>
  read(prompt)[0]?.measures.map(({ key, values }) => [key, ...values.map((v) => Number(v.toFixed(6)))]);
const refuse = (prompt: string): { code?: string; details?: Record<string, unknown> } => {
  try {
    read(prompt);
    return {};
  } catch (error) {
    return error as { code: string };
  }
};

test.each([
  ['a box 3cm x 4cm x 5cm', [['dims', 0.03, 0.04, 0.05]]],
  ['a box 3 × 4 × 5 mm', [['dims', 0.003, 0.004, 0.005]]],
  ['a 6-inch cube', [['size', 0.1524]]],
  ['a rod half a metre long', [['length', 0.5]]],
  ['a pole 5 ft 6 in tall', [['height', 1.6764]]],
  ['a cube with edges of 1 1/2 inches', [['side', 0.0381]]],
  [
    'a cylinder, height: 1,200 mm, diameter = 30 mm',
    [
      ['height', 1.2],
      ['diameter', 0.03],
    ],
  ],
  ['a cone of base radius twenty five mm', [['base radius', 0.025]]],
  [
    'a box 10 mm wide, 20 deep and 5 high',
    [
      ['width', 0.01],
      ['depth', 0.02],
      ['height', 0.005],
    ],
  ],
  ['a sphere 7 across', [['across', 0.07]]],
])('%s', (prompt, measures) => {
  expect(measuresOf(prompt)).toEqual(measures);
});

test('a number without a unit is in the only unit of the prompt, else in cm, and that is said', () => {
  expect(read('a box 4 wide')[0]?.measures).toMatchObject([{ assumed: 'cm' }]);
  expect(read('a box 4 wide and 30 mm tall')[0]?.measures[0]).toMatchObject({
    assumed: 'mm',
    values: [0.004],
  });
});

test('parts keep their own lengths, colours and counts', () => {
  const [table] = read('a white table 1 m wide with three round red legs 60 cm long');
  expect(table?.look.colour).toBe('white');
  expect(table?.parts[0]).toMatchObject({ count: 3, look: { colour: 'red' }, flags: ['round'] });
  expect(table?.parts[0]?.measures).toMatchObject([{ key: 'length', values: [0.6] }]);
});

test('places', () => {
  expect(read('a ball on top of a cube')[0]?.placement).toMatchObject({
    relation: 'on',
    target: { noun: { id: 'cube' } },
  });
  expect(read('a cube with a ball on top')[0]?.companions[0]?.placement).toMatchObject({ relation: 'on' });
  expect(read('a table and a ball on the table')).toMatchObject([
    { words: 'table' },
    { placement: { relation: 'on' } },
  ]);
  expect(read('a cup and a bowl on a table')).toMatchObject([{ words: 'bowl', fellows: [{ words: 'cup' }] }]);
});

test('what is said later of the same thing is of that thing', () => {
  const phrases = read('A table. The table is red. It has six legs.');
  expect(phrases).toMatchObject([{ look: { colour: 'red' }, parts: [{ count: 6 }] }]);
});

test.each([
  ['a chiar', ['chiar']],
  ['a cube that is not red', ['not']],
  ['un cubo rojo', ['un', 'cubo', 'rojo']],
  ['a cube 🎉', ['🎉']],
  ['a half sphere bowl', ['bowl']],
  ['two cubes between them', ['between', 'them']],
  ['a cube with a volume of 8', ['volume']],
])('%s is refused by name', (prompt, unknown) => {
  expect(refuse(prompt)).toMatchObject({ code: 'unsupported_prompt', details: { unknown } });
});

test.each(['a 0 cm cube', 'a -5 cm cube', 'a cube 11 km wide'])('%s is refused as impossible', (prompt) => {
  expect(refuse(prompt)).toMatchObject({ code: 'invalid_prompt', details: { field: expect.any(String) } });
});

test('tokens keep every sign', () => {
  expect(readTokens('2"x3\' box!').map(({ text }) => text)).toEqual([
    '2',
    'inch',
    'x',
    '3',
    'foot',
    'box',
    '!',
  ]);
});

test.each([
  ['a box 1m 20cm wide', 1.2],
  ['a box 1e2 mm wide', 0.1],
  ['a box 1.5 cm wide', 0.015],
])('%s is one length', (prompt, metres) => {
  expect(read(prompt)[0]?.measures[0]?.values[0]).toBeCloseTo(metres, 9);
});

test('a decimal comma is asked for, and a number too large is named whole', () => {
  expect(() => read('a cube 1,5 cm wide')).toThrow('1,5 cm');
  expect(() => read('a cube 1e9 km wide')).toThrow('1000000000 km');
});
