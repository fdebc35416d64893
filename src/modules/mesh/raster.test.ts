import { PNG } from 'pngjs';
import { expect, test } from 'vitest';
import { box, RED, torus } from './fixtures.ts';
import type { Mesh } from './mesh.ts';
import { encodePng } from './png.ts';
import { renderThumbnail, type ThumbnailOptions } from './raster.ts';

const SIZE = 96;
const cube = box([1, 1, 1], [0, 0, 0], [RED, RED]);

const draw = (mesh: Mesh, options: ThumbnailOptions = {}) =>
  renderThumbnail(mesh, { width: SIZE, height: SIZE, supersample: 2, ...options });

const pixelAt = (rgba: Uint8Array, x: number, y: number) => [
  ...rgba.slice(4 * (y * SIZE + x), 4 * (y * SIZE + x) + 4),
];

const coverage = (rgba: Uint8Array): number => {
  let alpha = 0;
  for (let i = 3; i < rgba.length; i += 4) alpha += (rgba[i] as number) / 255;
  return alpha;
};

test('a red cube looks red, in front of an opaque light backdrop', () => {
  const rgba = draw(cube);
  const [r = 0, g = 0, b = 0, a = 0] = pixelAt(rgba, SIZE / 2, SIZE / 2);
  expect(r).toBeGreaterThan(120);
  expect(g).toBeLessThan(r / 2);
  expect(b).toBeLessThan(r / 2);
  expect(a).toBe(255);
  const corner = pixelAt(rgba, 1, 1);
  expect(Math.min(...corner)).toBeGreaterThan(150);
});

test('faces of a cube are lit differently, so that its shape can be read', () => {
  const rgba = draw(cube, { background: 'transparent', ground: false, azimuth: 45, elevation: 30 });
  const reds = [
    [48, 24],
    [30, 60],
    [66, 60],
  ].map(([x = 0, y = 0]) => pixelAt(rgba, x, y)[0] as number);
  const [low = 0, middle = 0, high = 0] = reds.sort((a, b) => a - b);
  expect(middle - low).toBeGreaterThan(8);
  expect(high - middle).toBeGreaterThan(8);
});

test('silhouettes have the area geometry says', () => {
  const front = {
    background: 'transparent',
    ground: false,
    projection: 'orthographic',
    azimuth: 0,
    elevation: 0,
  } as const;
  // Head-on the square fills the picture up to its margins of a tenth.
  expect(coverage(draw(cube, front)) / SIZE ** 2).toBeCloseTo(0.64, 2);
  // Round by 45° it is √2 wide and 1 high, and the width is what fits.
  expect(coverage(draw(cube, { ...front, azimuth: 45 })) / SIZE ** 2).toBeCloseTo(0.64 / Math.SQRT2, 2);
  // A torus from above: a ring.
  const ring = (Math.PI * (1.3 ** 2 - 0.7 ** 2)) / 2.6 ** 2;
  expect(coverage(draw(torus(1, 0.3, 96, 48), { ...front, elevation: 90 })) / SIZE ** 2).toBeCloseTo(
    0.64 * ring,
    2,
  );
});

test('azimuth 0 looks at the front, −Y, and turns to the right side', () => {
  const painted: Mesh = {
    ...cube,
    materials: [RED, { name: 'green', color: [0.02, 0.6, 0.05], metallic: 0, roughness: 1 }],
    materialOf: cube.materialOf.map((_, t) => (t === 4 || t === 5 ? 1 : 0)), // the face at y = 0
  };
  const isGreen = (azimuth: number) => {
    const [r = 0, g = 0] = pixelAt(draw(painted, { azimuth, elevation: 0 }), SIZE / 2, SIZE / 2);
    return g > r;
  };
  expect([0, 90, 180, 270].map(isGreen)).toEqual([true, false, false, false]);
});

test('the floor takes a shadow, and only when asked', () => {
  const options = { background: [1, 1, 1], elevation: 30 } as const;
  const darkest = (rgba: Uint8Array) => {
    let least = 255;
    for (let i = 0; i < rgba.length; i += 4) {
      const grey = Math.abs((rgba[i] as number) - (rgba[i + 2] as number)) < 6;
      if (grey) least = Math.min(least, rgba[i + 1] as number);
    }
    return least;
  };
  expect(darkest(draw(cube, options))).toBeLessThan(190);
  expect(darkest(draw(cube, { ...options, ground: false }))).toBe(255);
});

test('an open surface shows from both sides', () => {
  const sheet: Mesh = {
    positions: Float32Array.of(0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1),
    triangles: Uint32Array.of(0, 1, 2, 0, 2, 3),
    materialOf: new Uint16Array(2),
    materials: [RED],
  };
  const view = { background: 'transparent', ground: false, elevation: 0 } as const;
  for (const azimuth of [0, 180]) {
    const [r = 0, , b = 0, a = 0] = pixelAt(draw(sheet, { ...view, azimuth }), SIZE / 2, SIZE / 2);
    expect(a).toBe(255);
    expect(r).toBeGreaterThan(b + 40);
  }
});

test('same mesh, same pixels, same PNG; and the PNG reads back', () => {
  const rgba = draw(torus(1, 0.3, 48, 24));
  expect(Buffer.compare(draw(torus(1, 0.3, 48, 24)), rgba)).toBe(0);
  const png = encodePng(rgba, SIZE, SIZE);
  expect(Buffer.compare(encodePng(rgba, SIZE, SIZE), png)).toBe(0);
  const back = PNG.sync.read(Buffer.from(png));
  expect([back.width, back.height]).toEqual([SIZE, SIZE]);
  expect(Buffer.compare(back.data, rgba)).toBe(0);
  expect(() => encodePng(rgba, SIZE, SIZE + 1)).toThrow(RangeError);
});

test('an empty mesh is an empty picture, not an error', () => {
  const nothing = {
    ...cube,
    positions: new Float32Array(0),
    triangles: new Uint32Array(0),
    materialOf: new Uint16Array(0),
  };
  expect(coverage(draw(nothing, { background: 'transparent' }))).toBe(0);
});
