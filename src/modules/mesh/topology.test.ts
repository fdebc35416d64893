import { expect, test } from 'vitest';
import { box, tetrahedron, torus } from './fixtures.ts';
import type { Mesh } from './mesh.ts';
import { checkTopology, measure } from './topology.ts';
import { weldMesh } from './weld.ts';

const join = (...meshes: Mesh[]): Mesh => {
  let base = 0;
  const shifted = meshes.map((mesh) => {
    const triangles = mesh.triangles.map((v) => v + base);
    base += mesh.positions.length / 3;
    return triangles;
  });
  return {
    positions: Float32Array.from(meshes.flatMap((mesh) => [...mesh.positions])),
    triangles: Uint32Array.from(shifted.flatMap((part) => [...part])),
    materialOf: Uint16Array.from(meshes.flatMap((mesh) => [...mesh.materialOf])),
    materials: meshes[0]?.materials ?? [],
  };
};

test('a box is one closed sphere-like surface', () => {
  expect(checkTopology(box())).toEqual({
    vertices: 8,
    edges: 18,
    triangles: 12,
    boundary_edges: 0,
    non_manifold_edges: 0,
    inconsistent_edges: 0,
    non_manifold_vertices: 0,
    degenerate_triangles: 0,
    components: 1,
    euler: 2,
    genus: 0,
    closed: true,
  });
});

test('volume and area match closed forms, wherever the solid stands', () => {
  const cuboid = measure(box([2, 3, 4], [100, -50, 7]));
  expect(cuboid.volume).toBeCloseTo(24, 6);
  expect(cuboid.area).toBeCloseTo(52, 6);
  expect(cuboid.bbox).toEqual({ min: [100, -50, 7], max: [102, -47, 11], size: [2, 3, 4] });
  expect(measure(tetrahedron()).volume).toBeCloseTo(1 / 6, 9);
  expect(measure(tetrahedron()).area).toBeCloseTo(1.5 + Math.sqrt(3) / 2, 6);
});

test('inside out means negative volume, and is still closed', () => {
  const solid = box();
  const flipped = { ...solid, triangles: solid.triangles.slice().reverse() };
  expect(measure(flipped).volume).toBeCloseTo(-1, 6);
  expect(checkTopology(flipped).closed).toBe(true);
});

test('a torus has genus 1 and about the volume 2π²Rr²', () => {
  const ring = torus(1, 0.25, 128, 64);
  expect(checkTopology(ring)).toMatchObject({ closed: true, euler: 0, genus: 1, components: 1 });
  expect(measure(ring).volume / (2 * Math.PI ** 2 * 0.25 ** 2)).toBeCloseTo(1, 2);
});

test('a missing triangle is a hole with three boundary edges', () => {
  const solid = box();
  const holed = { ...solid, triangles: solid.triangles.slice(3), materialOf: solid.materialOf.slice(1) };
  expect(checkTopology(holed)).toMatchObject({ closed: false, boundary_edges: 3, genus: null });
});

test('a triangle turned round disagrees with its three neighbours', () => {
  const solid = box();
  const triangles = solid.triangles.slice();
  triangles.set([...triangles.slice(0, 3)].reverse());
  expect(checkTopology({ ...solid, triangles })).toMatchObject({
    closed: false,
    inconsistent_edges: 3,
    boundary_edges: 0,
    non_manifold_vertices: 0,
  });
});

test('boxes that share only an edge or only a corner are not manifold', () => {
  const byEdge = weldMesh(join(box(), box([1, 1, 1], [1, 1, 0])));
  expect(checkTopology(byEdge)).toMatchObject({ closed: false, non_manifold_edges: 1 });
  const byCorner = weldMesh(join(box(), box([1, 1, 1], [1, 1, 1])));
  expect(checkTopology(byCorner)).toMatchObject({
    closed: false,
    non_manifold_edges: 0,
    non_manifold_vertices: 1,
    components: 2,
  });
});

test('separate parts count as components and their genus adds up', () => {
  const parts = join(box(), torus(1, 0.25, 12, 8), torus(2, 0.25, 12, 8));
  expect(checkTopology(parts)).toMatchObject({ closed: true, components: 3, euler: 2, genus: 2 });
});

test('degenerate triangles are counted: three points on a line, or a vertex named twice', () => {
  const flat: Mesh = {
    positions: Float32Array.of(0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 1, 0),
    triangles: Uint32Array.of(0, 1, 2, 0, 1, 3, 3, 3, 0),
    materialOf: new Uint16Array(3),
    materials: [],
  };
  expect(checkTopology(flat)).toMatchObject({ degenerate_triangles: 2, closed: false });
});

test('nothing is not closed', () => {
  const nothing = { ...box(), triangles: new Uint32Array(0), materialOf: new Uint16Array(0) };
  expect(checkTopology(nothing)).toMatchObject({ closed: false, components: 0, vertices: 0 });
});
