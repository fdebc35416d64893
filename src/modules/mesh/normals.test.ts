import { expect, test } from 'vitest';
import { box, RED, torus } from './fixtures.ts';
import { computeNormals } from './normals.ts';

test('a box keeps its edges: four vertices per face, normals along the axes', () => {
  const render = computeNormals(box(), 40);
  expect(render.sourceOf).toHaveLength(24);
  expect(render.sealed).toBe(true);
  for (let v = 0; v < 24; v++) {
    const normal = [...render.normals.slice(3 * v, 3 * v + 3)].map((n) => Math.abs(n)).sort();
    expect(normal).toEqual([0, 0, 1]);
  }
});

test('wide crease angle smooths the box: a vertex splits only where its materials do', () => {
  const one = computeNormals(box([1, 1, 1], [0, 0, 0], [RED, RED]), 100);
  expect(one.sourceOf).toHaveLength(12); // 8 corners, and the 4 at the bottom again for the bottom's material
  const corner = one.sourceOf.indexOf(7);
  const normal = [...one.normals.slice(3 * corner, 3 * corner + 3)];
  for (const n of normal) expect(n).toBeCloseTo(1 / Math.sqrt(3), 5);
});

test('a smooth torus shares every vertex and its normals point away from the tube', () => {
  const ring = torus(1, 0.3, 48, 32);
  const render = computeNormals(ring);
  expect(render.sourceOf).toHaveLength(48 * 32);
  for (let v = 0; v < render.sourceOf.length; v++) {
    const [x, y, z] = [0, 1, 2].map((k) => render.positions[3 * v + k] as number) as [number, number, number];
    const r = Math.hypot(x, y);
    const exact = [((r - 1) * x) / r / 0.3, ((r - 1) * y) / r / 0.3, z / 0.3];
    const cosine = exact.reduce((sum, n, k) => sum + n * (render.normals[3 * v + k] as number), 0);
    expect(cosine).toBeGreaterThan(0.999);
  }
});

test('angle 0 shades flat: every triangle has its own face normal', () => {
  const render = computeNormals(torus(1, 0.3, 12, 8), 0);
  for (let t = 0; t < render.triangles.length; t += 3) {
    const [a, b] = [render.triangles[t] as number, render.triangles[t + 1] as number];
    for (let k = 0; k < 3; k++) {
      expect(render.normals[3 * a + k]).toBeCloseTo(render.normals[3 * b + k] as number, 3);
    }
  }
});

test('flat faces stay flat beside a small chamfer', () => {
  // A long roof of three strips that turn by 20° each: the wide outer ones must not be bent by the narrow one.
  const profile = [-1, -0.01, 0.01, 1].map((x) => [x, x < 0 ? 0.36397 * (x + 0.01) : -0.36397 * (x - 0.01)]);
  const positions = Float32Array.from(profile.flatMap(([x = 0, z = 0]) => [x, 0, z, x, 1, z]));
  const triangles = Uint32Array.from([0, 1, 2].flatMap((i) => [0, 2, 1, 1, 2, 3].map((v) => v + 2 * i)));
  const mesh = { positions, triangles, materialOf: new Uint16Array(6), materials: [RED] };
  const render = computeNormals(mesh, 40);
  const v = render.sourceOf.indexOf(2);
  const lean = (Math.acos(render.normals[3 * v + 2] as number) * 180) / Math.PI;
  expect(lean).toBeGreaterThan(19); // the outer strip leans by 20°
});
