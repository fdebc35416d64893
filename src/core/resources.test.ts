import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Requirements } from '../protocol/requirements.ts';
import { classOf, moduleCapability, parseClass } from './requirement-class.ts';
import { covers, fits, type Room, subtract } from './resources.ts';

const LIMITS = { tenant: 'default', concurrency: null };

const needsOf = (over: Partial<Requirements> = {}): Requirements => ({
  cpu: 1,
  memory_bytes: 10,
  gpu: 'none',
  gpu_count: 0,
  vram_bytes: 0,
  capabilities: [],
  labels: {},
  ...over,
});
const ROOM: Room = { slots: 2, cpu: 4, memory_bytes: 100, vram_bytes: [10, 40, 20] };

const room = fc.record({
  slots: fc.nat({ max: 4 }),
  cpu: fc.nat({ max: 80 }).map((tenths) => tenths / 10),
  memory_bytes: fc.nat({ max: 100 }),
  vram_bytes: fc.array(fc.nat({ max: 50 }), { maxLength: 4 }),
});
const needs = fc
  .record({
    cpu: fc.integer({ min: 1, max: 40 }).map((tenths) => tenths / 10),
    memory_bytes: fc.nat({ max: 60 }),
    gpu: fc.constantFrom('required' as const, 'preferred' as const, 'none' as const),
    gpu_count: fc.nat({ max: 3 }),
    vram_bytes: fc.nat({ max: 30 }),
  })
  .map(needsOf);

test('§5: what fits is covered, and taking it leaves nothing below zero', () => {
  fc.assert(
    fc.property(room, needs, (free, wanted) => {
      const reserve = fits(free, wanted);
      if (reserve === null) return;
      expect(covers(free, reserve)).toBe(true);
      const left = subtract(free, reserve);
      expect(
        Math.min(left.slots, left.cpu + 1e-6, left.memory_bytes, ...left.vram_bytes),
      ).toBeGreaterThanOrEqual(0);
      expect(reserve.cpu).toBe(wanted.cpu);
      expect(new Set(reserve.gpus).size).toBe(reserve.gpus.length);
      if (wanted.gpu === 'required') expect(reserve.gpus).toHaveLength(Math.max(1, wanted.gpu_count));
      if (wanted.gpu === 'none') expect(reserve.gpus).toEqual([]);
    }),
    { seed: 2, numRuns: 500 },
  );
});

test('§5: more room never turns a fit into a refusal', () => {
  fc.assert(
    fc.property(room, needs, (free, wanted) => {
      if (fits(free, wanted) === null) return;
      const more = {
        ...free,
        slots: free.slots + 1,
        cpu: free.cpu + 1,
        vram_bytes: [...free.vram_bytes, 50],
      };
      expect(fits(more, wanted)).not.toBeNull();
    }),
    { seed: 3, numRuns: 500 },
  );
});

test('§5: the fullest GPU that fits is taken; without a figure it is taken whole', () => {
  expect(fits(ROOM, needsOf({ gpu: 'required', vram_bytes: 15 }))).toMatchObject({
    gpus: [2],
    vram_bytes: 15,
  });
  expect(fits(ROOM, needsOf({ gpu: 'required' }))).toMatchObject({ gpus: [0], vram_bytes: 10 });
  expect(fits(ROOM, needsOf({ gpu: 'required', gpu_count: 2, vram_bytes: 15 }))).toMatchObject({
    gpus: [2, 1],
  });
  expect(fits(ROOM, needsOf({ gpu: 'required', vram_bytes: 41 }))).toBeNull();
  expect(fits(ROOM, needsOf({ gpu: 'preferred', vram_bytes: 41 }))).toMatchObject({
    gpus: [],
    vram_bytes: 0,
  });
});

test('§5: sums of tenths of a core do not drift out of a worker', () => {
  let free: Room = { ...ROOM, slots: 10, cpu: 1 };
  for (let index = 0; index < 10; index += 1) {
    const reserve = fits(free, needsOf({ cpu: 0.1, memory_bytes: 0 }));
    expect(reserve).not.toBeNull();
    if (reserve !== null) free = subtract(free, reserve);
  }
  expect(fits(free, needsOf({ cpu: 0.1, memory_bytes: 0 }))).toBeNull();
});

test('§5: covers refuses a full or a missing GPU', () => {
  const reserve = { slots: 1, cpu: 1, memory_bytes: 1, gpus: [0], vram_bytes: 10 };
  expect(covers(ROOM, reserve)).toBe(true);
  expect(covers({ ...ROOM, vram_bytes: [9] }, reserve)).toBe(false);
  expect(covers({ ...ROOM, vram_bytes: [0] }, { ...reserve, vram_bytes: 0 })).toBe(false);
  expect(covers({ ...ROOM, vram_bytes: [] }, reserve)).toBe(false);
});

test('§4 class: alike needs share a key whatever their order; unlike ones do not', () => {
  const key = (over: Partial<Requirements>) => classOf('m', needsOf(over), LIMITS);
  expect(key({ capabilities: ['b', 'a', 'b'] })).toBe(key({ capabilities: ['a', 'b'] }));
  expect(key({ labels: { x: '1', y: '2' } })).toBe(key({ labels: { y: '2', x: '1' } }));
  expect(key({ cpu: 3 })).toBe(key({ cpu: 4 }));
  expect(key({ cpu: 4 })).not.toBe(key({ cpu: 4.1 }));
  expect(key({ gpu: 'required', vram_bytes: 5e9 })).toBe(key({ gpu: 'required', vram_bytes: 8e9 }));
  expect(key({ gpu: 'required', vram_bytes: 8e9 })).not.toBe(key({ gpu: 'required', vram_bytes: 9e9 }));
  expect(key({ vram_bytes: 9e9 })).toBe(key({}));
  expect(key({})).not.toBe(classOf('other', needsOf(), LIMITS));
});

test('§4 class: a key gives back the words that admit', () => {
  const wanted = needsOf({ capabilities: ['z', 'a'], labels: { zone: 'x' }, region: 'eu', gpu: 'preferred' });
  expect(parseClass(classOf('m', wanted, LIMITS))).toEqual({
    capabilities: [moduleCapability('m'), 'a', 'z'],
    labels: { zone: 'x' },
    limits: LIMITS,
    region: 'eu',
    gpu: 'preferred',
  });
});
