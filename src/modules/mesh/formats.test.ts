import createManifold from 'manifold-3d';
import { expect, test } from 'vitest';
import { box, RED, STEEL, torus } from './fixtures.ts';
import { exportMesh, MESH_FORMATS } from './formats.ts';
import { writeGlb } from './glb.ts';
import { readGlb } from './glb-reader.ts';
import type { Mesh } from './mesh.ts';
import { writeObj } from './obj.ts';
import { writePly } from './ply.ts';
import { writeStl } from './stl.ts';
import { boundBox, checkTopology, measure } from './topology.ts';
import { validateGlb } from './validate.ts';
import { weldMesh } from './weld.ts';

const cuboid = box([0.1, 2, 0.3], [-1, 5, 0.7]);

const readJson = (glb: Uint8Array) => {
  const view = new DataView(glb.buffer, glb.byteOffset);
  return JSON.parse(new TextDecoder().decode(glb.subarray(20, 20 + view.getUint32(12, true))));
};

test.each([
  ['box', cuboid],
  ['torus', torus(1, 0.3, 300, 240)],
])(
  'the GLB of a %s passes the Khronos validator without a word and is closed when welded again',
  async (name, mesh) => {
    const bytes = await writeGlb(mesh, { name, extras: { seed: 7 } });
    const report = await validateGlb(bytes);
    expect(report).toMatchObject({ errors: 0, warnings: 0, infos: 0, hints: 0, messages: [] });
    expect(report).toMatchObject({ generator: 'Hive', version: '2.0' });
    const back = await readGlb(bytes);
    expect(checkTopology(back)).toEqual(checkTopology(mesh));
    expect(measure(back).bbox).toEqual(measure(mesh).bbox);
    expect(measure(back).volume).toBeCloseTo(measure(mesh).volume, 6);
  },
);

test('a GLB is Y up, has a primitive per material in use, small indices and its extras', async () => {
  const spare = { ...RED, name: 'unused' };
  const mesh = box([1, 2, 3], [0, 0, 0], [RED, STEEL, spare]);
  const json = readJson(await writeGlb(mesh, { name: 'crate', extras: { engine: 'procedural' } }));
  expect(json.asset).toMatchObject({ generator: 'Hive', version: '2.0', extras: { engine: 'procedural' } });
  expect(json.nodes).toEqual([{ name: 'crate', mesh: 0, extras: { engine: 'procedural' } }]);
  expect(json.materials.map((material: { name: string }) => material.name)).toEqual(['red paint', 'steel']);
  expect(json.meshes[0].primitives).toHaveLength(2);
  const position = json.accessors[json.meshes[0].primitives[0].attributes.POSITION];
  expect([position.min, position.max]).toEqual([
    [0, 0, -2],
    [1, 3, 0],
  ]);
  expect(json.accessors[json.meshes[0].primitives[0].indices].componentType).toBe(5123);
});

test('a cube with a bore, cut by manifold-3d, stays closed through the GLB and keeps its genus', async () => {
  const manifold = await createManifold();
  manifold.setup();
  const { Manifold } = manifold;
  const bored = Manifold.cube([1, 1, 1], true)
    .subtract(Manifold.cylinder(2, 0.3, 0.3, 48, true))
    .getMesh();
  const mesh: Mesh = {
    positions: bored.vertProperties,
    triangles: bored.triVerts,
    materialOf: new Uint16Array(bored.triVerts.length / 3),
    materials: [STEEL],
  };
  const back = await readGlb(await writeGlb(mesh, { creaseAngle: 30 }));
  expect(checkTopology(back)).toMatchObject({ closed: true, genus: 1, components: 1 });
  const bore = 0.5 * 48 * 0.3 ** 2 * Math.sin((2 * Math.PI) / 48); // a regular 48-gon
  expect(measure(back).volume).toBeCloseTo(1 - bore, 5);
});

test('more than 65535 vertices take 32-bit indices', async () => {
  const json = readJson(await writeGlb(torus(1, 0.3, 300, 240)));
  expect(json.accessors[json.meshes[0].primitives[0].indices].componentType).toBe(5125);
});

test('the validator names what is wrong and survives what is no GLB at all', async () => {
  const bytes = await writeGlb(cuboid);
  bytes[bytes.length - 5] = 0xff;
  expect((await validateGlb(bytes.subarray(0, bytes.length - 8))).errors).toBeGreaterThan(0);
  const junk = await validateGlb(new TextEncoder().encode('this is not a model'));
  expect(junk.errors).toBeGreaterThan(0);
  expect(junk.messages[0]).toMatchObject({ severity: 'error' });
});

test('binary STL reads back to the same solid', () => {
  const bytes = writeStl(cuboid);
  const view = new DataView(bytes.buffer);
  const count = view.getUint32(80, true);
  expect(count).toBe(12);
  expect(bytes).toHaveLength(84 + 50 * count);
  expect(new TextDecoder().decode(bytes.subarray(0, 80))).toMatch(/^Hive.*Z up.*metres/);
  const positions: number[] = [];
  for (let t = 0; t < count; t++) {
    const at = 84 + 50 * t;
    expect(Math.hypot(...[0, 4, 8].map((k) => view.getFloat32(at + k, true)))).toBeCloseTo(1, 6);
    for (let k = 0; k < 9; k++) positions.push(view.getFloat32(at + 12 + 4 * k, true));
  }
  const triangles = Uint32Array.from(positions.keys()).subarray(0, 3 * count);
  const back = weldMesh({ ...cuboid, positions: Float32Array.from(positions), triangles });
  expect(checkTopology(back)).toEqual(checkTopology(cuboid));
  expect(measure(back).bbox).toEqual(measure(cuboid).bbox);
});

test('PLY reads back with welded vertices and a colour per face', () => {
  const bytes = writePly(cuboid);
  const marker = 'end_header\n';
  const text = new TextDecoder('latin1').decode(bytes);
  const start = text.indexOf(marker) + marker.length;
  expect(text.slice(0, start)).toContain('element vertex 8\n');
  expect(text.slice(0, start)).toContain('element face 12\n');
  expect(text.slice(0, start)).toMatch(/comment .*Z up.*metres/);
  const view = new DataView(bytes.buffer, start);
  const positions = Float32Array.from({ length: 24 }, (_, i) => view.getFloat32(4 * i, true));
  expect(positions).toEqual(cuboid.positions);
  const face = (t: number) => 96 + 16 * t;
  const triangles = Uint32Array.from({ length: 36 }, (_, i) =>
    view.getInt32(face(Math.trunc(i / 3)) + 1 + 4 * (i % 3), true),
  );
  expect(triangles).toEqual(cuboid.triangles);
  expect(bytes.length).toBe(start + face(12));
  const lastColor = [...bytes.slice(start + face(11) + 13, start + face(12))];
  expect(lastColor).toEqual([218, 48, 39]); // sRGB of RED
});

test('OBJ reads back, its normals fit and its materials are in the library', () => {
  const twins = [RED, { ...STEEL, name: 'red paint' }];
  const { obj, mtl } = writeObj(box([0.1, 2, 0.3], [-1, 5, 0.7], twins), { name: 'my box' });
  const rows = obj.split('\n').map((line) => line.split(' '));
  const pick = (tag: string) => rows.filter(([first]) => first === tag).map((row) => row.slice(1));
  expect(Float32Array.from(pick('v').flat().map(Number))).toEqual(cuboid.positions);
  const corners = pick('f')
    .flat()
    .map((corner) => corner.split('//').map(Number));
  const back: Mesh = { ...cuboid, triangles: Uint32Array.from(corners.map(([v = 0]) => v - 1)) };
  expect(checkTopology(back)).toEqual(checkTopology(cuboid));
  expect(pick('vn')).toHaveLength(6);
  expect(Math.max(...corners.map(([, n = 0]) => n))).toBe(6);
  const used = pick('usemtl').flat();
  expect(used).toEqual(['red_paint', 'red_paint_1']);
  for (const name of used) expect(mtl).toContain(`newmtl ${name}\n`);
  expect(obj).toMatch(/^# .*Z up.*metres/);
});

test('welding joins −0 and 0', () => {
  const soup = {
    ...cuboid,
    positions: Float32Array.of(0, 0, 0, -0, 0, 0, 1, 0, 0),
    triangles: Uint32Array.of(0, 1, 2),
  };
  expect(boundBox(weldMesh(soup).positions).size).toEqual([1, 0, 0]);
  expect(weldMesh(soup).positions).toHaveLength(6);
});

test.each(MESH_FORMATS)('%s: the same mesh gives the same bytes, under its own name', async (format) => {
  const first = await exportMesh(cuboid, format, { name: 'crate', extras: { seed: 1 } });
  const second = await exportMesh(cuboid, format, { name: 'crate', extras: { seed: 1 } });
  expect(second).toEqual(first);
  expect(first[0]?.name).toBe(`crate.${format}`);
  expect(first).toHaveLength(format === 'obj' ? 2 : 1);
});
