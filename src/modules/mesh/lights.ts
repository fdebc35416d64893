import { add, direct, dot, normalize, scale, spanPlane, type Vector } from './vector.ts';
import { createZBuffer, rasterize } from './z-buffer.ts';

/** A distant light with a shadow. A sky and a lamp of some size are many of these, which makes their shadows soft. */
export interface Light {
  /** unit vector towards the light */
  readonly toward: Vector;
  /** irradiance on a surface that faces it, before the tint of its kind; a white surface under 1 looks white */
  readonly power: number;
  /** part of the main lamp, whose highlights are drawn too, or of the sky */
  readonly key: boolean;
  /** shadow map samples along one side */
  readonly resolution: number;
}

/** Points to be lit, as flat triples, and what they receive. */
export interface Receivers {
  readonly count: number;
  readonly positions: Float32Array;
  readonly normals: Float32Array;
  /** sums over the lights of each kind: power × cosine × visibility */
  readonly key: Float32Array;
  readonly sky: Float32Array;
}

/** Colours of the two kinds of light: a warm lamp under a cool sky. */
export const TINTS = { key: [1, 0.97, 0.92], sky: [0.96, 0.98, 1.04] } as const;

const KEY = { azimuth: -52, elevation: 48, spread: 7, lamps: 8 };

/** Irradiance of the whole key lamp, unshadowed. */
export const KEY_POWER = 0.62;

const GOLDEN = Math.PI * (3 - Math.sqrt(5));

/** Middle of the key lamp for a camera that stands at `azimuth` (degrees, as ThumbnailOptions has it): over its left shoulder. */
export const keyDirection = (azimuth: number): Vector => direct(azimuth - 90 + KEY.azimuth, KEY.elevation);

/** A key lamp and a sky dome, evenly sampled by golden-angle spirals. `sky` is how many directions the dome gets. */
export const placeLights = (azimuth: number, sky: number): Light[] => {
  const lights: Light[] = [];
  const key = keyDirection(azimuth);
  const [u, v] = spanPlane(key);
  for (let i = 0; i < KEY.lamps; i++) {
    const r = Math.tan((KEY.spread * Math.PI) / 180) * Math.sqrt((i + 0.5) / KEY.lamps);
    const aside = add(scale(u, r * Math.cos(i * GOLDEN)), scale(v, r * Math.sin(i * GOLDEN)));
    const power = KEY_POWER / KEY.lamps;
    lights.push({ toward: normalize(add(key, aside)), power, key: true, resolution: 384 });
  }
  for (let i = 0; i < sky; i++) {
    const z = 1 - (i + 0.5) / sky;
    const r = Math.sqrt(1 - z * z);
    const power = (0.95 + 0.35 * z) / sky;
    const toward: Vector = [r * Math.cos(i * GOLDEN), r * Math.sin(i * GOLDEN), z];
    lights.push({ toward, power, key: false, resolution: 224 });
  }
  return lights;
};

/** The shadow casters: a mesh within its bounding sphere. */
export interface Casters {
  readonly positions: Float32Array;
  readonly triangles: Uint32Array;
  readonly centre: Vector;
  readonly radius: number;
  /** closed: only the side towards the light need be drawn */
  readonly sealed: boolean;
}

/**
 * Adds every light to every receiver, with shadow maps (Williams 1978) filtered by percentage (Reeves 1987). Many maps
 * of few samples are the ambient occlusion too, and on the floor the contact shadow.
 */
export const lightReceivers = (lights: readonly Light[], casters: Casters, receivers: Receivers): void => {
  for (const light of lights) addLight(light, mapShadow(light, casters), receivers);
};

interface ShadowMap {
  readonly depth: Float32Array;
  readonly size: number;
  /** rows of the map's affine transform: samples right, samples down */
  readonly x: readonly [number, number, number, number];
  readonly y: readonly [number, number, number, number];
  /** metres a sample covers */
  readonly texel: number;
}

const mapShadow = (light: Light, { positions, triangles, centre, radius, sealed }: Casters): ShadowMap => {
  const size = light.resolution;
  const reach = radius * 1.01;
  const zoom = size / (2 * reach);
  const [u, v] = spanPlane(light.toward);
  const row = (axis: Vector, by: number, shift: number) =>
    [axis[0] * by, axis[1] * by, axis[2] * by, shift - by * dot(axis, centre)] as const;
  const x = row(u, zoom, size / 2);
  const y = row(v, -zoom, size / 2);
  const [lx, ly, lz] = light.toward;
  const points = new Float32Array(positions.length);
  for (let i = 0; i < positions.length; i += 3) {
    const px = positions[i] as number;
    const py = positions[i + 1] as number;
    const pz = positions[i + 2] as number;
    points[i] = x[0] * px + x[1] * py + x[2] * pz + x[3];
    points[i + 1] = y[0] * px + y[1] * py + y[2] * pz + y[3];
    points[i + 2] = lx * px + ly * py + lz * pz;
  }
  const buffer = createZBuffer(size, size, false);
  rasterize(buffer, points, triangles, !sealed);
  return { depth: buffer.depth, size, x, y, texel: 1 / zoom };
};

const addLight = (light: Light, map: ShadowMap, receivers: Receivers): void => {
  const { positions, normals } = receivers;
  const sum = light.key ? receivers.key : receivers.sky;
  const { texel } = map;
  const [xx, xy, xz, x0] = map.x;
  const [yx, yy, yz, y0] = map.y;
  const [lx, ly, lz] = light.toward;
  const lift = 1.2 * texel; // off the surface, so that a coarse map does not shade what it was made of
  for (let i = 0; i < 3 * receivers.count; i += 3) {
    const nx = normals[i] as number;
    const ny = normals[i + 1] as number;
    const nz = normals[i + 2] as number;
    const cosine = nx * lx + ny * ly + nz * lz;
    if (cosine <= 0) continue;
    const px = (positions[i] as number) + lift * nx;
    const py = (positions[i + 1] as number) + lift * ny;
    const pz = (positions[i + 2] as number) + lift * nz;
    const sx = xx * px + xy * py + xz * pz + x0;
    const sy = yx * px + yy * py + yz * pz + y0;
    const height = lx * px + ly * py + lz * pz + texel;
    // One sample is enough for each of the sky's many directions; the lamp's shadow edge is looked at more closely.
    const seen = light.key
      ? filterShadow(map.depth, map.size, sx, sy, height)
      : sampleShadow(map.depth, map.size, sx, sy, height);
    sum[i / 3] = (sum[i / 3] as number) + light.power * cosine * seen;
  }
};

const sampleShadow = (depth: Float32Array, size: number, sx: number, sy: number, height: number): number =>
  sx < 0 || sy < 0 || sx >= size || sy >= size || (depth[(sy | 0) * size + (sx | 0)] as number) <= height
    ? 1
    : 0;

/** 0–1: how much of the four nearest samples lets light through to `height`; all of it outside the map. */
const filterShadow = (depth: Float32Array, size: number, sx: number, sy: number, height: number): number => {
  if (sx < 0.5 || sy < 0.5 || sx >= size - 0.5 || sy >= size - 0.5) return 1;
  const x = (sx - 0.5) | 0;
  const y = (sy - 0.5) | 0;
  const fx = sx - 0.5 - x;
  const fy = sy - 0.5 - y;
  const at = y * size + x;
  let seen = 0;
  if ((depth[at] as number) <= height) seen += (1 - fx) * (1 - fy);
  if ((depth[at + 1] as number) <= height) seen += fx * (1 - fy);
  if ((depth[at + size] as number) <= height) seen += (1 - fx) * fy;
  if ((depth[at + size + 1] as number) <= height) seen += fx * fy;
  return seen;
};
