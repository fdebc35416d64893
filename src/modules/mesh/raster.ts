import { type Camera, meetFloor, placeCamera, projectPoints } from './camera.ts';
import { decodeSrgb, srgbByte } from './color.ts';
import { FLOOR_POINTS, type Floor, layFloor, placeFloor, readShadow, shadowAt } from './floor.ts';
import { lightReceivers, placeLights, type Receivers } from './lights.ts';
import type { Mesh } from './mesh.ts';
import { computeNormals, DEFAULT_CREASE_ANGLE } from './normals.ts';
import { shadeSamples } from './shading.ts';
import { gatherSamples, type SurfaceSamples } from './surface-samples.ts';
import { createZBuffer, rasterize } from './z-buffer.ts';

export interface ThumbnailOptions {
  /** pixels */
  readonly width?: number;
  /** pixels */
  readonly height?: number;
  /** a light studio backdrop, nothing at all (alpha 0), or one sRGB colour 0–1 */
  readonly background?: 'studio' | 'transparent' | readonly [number, number, number];
  /** degrees the camera stands round to the right of the front (the front of a model is −Y) */
  readonly azimuth?: number;
  /** degrees above the horizon, −90…90 */
  readonly elevation?: number;
  readonly projection?: 'perspective' | 'orthographic';
  /** samples per pixel along one side, 1–4 */
  readonly supersample?: number;
  /** degrees, 0 = flat shading */
  readonly creaseAngle?: number;
  /** a floor under the lowest point that takes the shadow; seen only from above */
  readonly ground?: boolean;
}

const DEFAULTS = {
  width: 512,
  height: 512,
  background: 'studio',
  azimuth: 35,
  elevation: 24,
  projection: 'perspective',
  supersample: 3,
  creaseAngle: DEFAULT_CREASE_ANGLE,
  ground: true,
} as const;

/**
 * A picture of a mesh as a product shot: visible surface by z-buffer, light by many shadow maps (soft key lamp and sky,
 * hence also ambient occlusion and the contact shadow), the same pixels for the same mesh on every run.
 * @returns sRGB RGBA, not premultiplied, rows from the top: `width × height × 4` bytes
 */
export const renderThumbnail = (mesh: Mesh, options: ThumbnailOptions = {}): Uint8Array => {
  const set = { ...DEFAULTS, ...options };
  const side = Math.min(4, Math.max(1, Math.round(set.supersample)));
  const render = computeNormals(mesh, set.creaseAngle);
  const fine = { ...set, width: set.width * side, height: set.height * side };
  const camera = placeCamera(render.positions, fine);
  const points = projectPoints(camera, render.positions);
  const buffer = createZBuffer(fine.width, fine.height, true);
  rasterize(buffer, points, render.triangles, !render.sealed);
  const samples = gatherSamples(buffer, side, camera, points, render);
  const { centre, radius } = camera;
  const { sealed } = render;
  const casters = { positions: mesh.positions, triangles: mesh.triangles, centre, radius, sealed };
  const floor = set.ground ? placeFloor(casters) : undefined;
  const receivers = gatherReceivers(samples, floor);
  lightReceivers(placeLights(set.azimuth, skyDirections(mesh)), casters, receivers);
  const colors = shadeSamples(samples, receivers, mesh.materials, camera, set.azimuth);
  const shadow = floor === undefined ? undefined : readShadow(receivers, samples.count);
  return resolve({ samples, colors, camera, side, floor, shadow, background: set.background });
};

/** Finer sampling of the sky where it is cheap; every direction draws the whole mesh once. */
const skyDirections = (mesh: Mesh): number =>
  Math.min(32, Math.max(16, Math.round(2_400_000 / mesh.triangles.length)));

const gatherReceivers = (samples: SurfaceSamples, floor: Floor | undefined): Receivers => {
  const count = samples.count + (floor === undefined ? 0 : FLOOR_POINTS);
  const receivers = {
    count,
    positions: new Float32Array(3 * count),
    normals: new Float32Array(3 * count),
    key: new Float32Array(count),
    sky: new Float32Array(count),
  };
  receivers.positions.set(samples.positions);
  receivers.normals.set(samples.normals);
  if (floor !== undefined) layFloor(floor, receivers, samples.count);
  return receivers;
};

interface Picture {
  readonly samples: SurfaceSamples;
  /** display-linear triples per bit of surface */
  readonly colors: Float32Array;
  readonly camera: Camera;
  readonly side: number;
  readonly floor: Floor | undefined;
  readonly shadow: Float32Array | undefined;
  readonly background: 'studio' | 'transparent' | readonly [number, number, number];
}

/** Averages the bits of each pixel in linear light over the backdrop behind them. */
const resolve = (picture: Picture): Uint8Array => {
  const { samples, colors, side } = picture;
  const width = picture.camera.width / side;
  const height = picture.camera.height / side;
  const rgba = new Uint8Array(4 * width * height);
  const behind = createBackdrop(picture, width, height);
  const paint = new Float64Array(4);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = samples.starts[pixel] as number;
    const to = samples.starts[pixel + 1] as number;
    let red = 0;
    let green = 0;
    let blue = 0;
    let covered = 0;
    for (let i = from; i < to; i++) {
      const weight = (samples.weights[i] as number) / (side * side);
      covered += weight;
      red += weight * (colors[3 * i] as number);
      green += weight * (colors[3 * i + 1] as number);
      blue += weight * (colors[3 * i + 2] as number);
    }
    if (covered < FULL) behind(pixel % width, Math.trunc(pixel / width), paint);
    const rest = covered < FULL ? (1 - covered) * (paint[3] as number) : 0;
    const alpha = covered + rest || 1;
    rgba[4 * pixel] = srgbByte((red + rest * (paint[0] as number)) / alpha);
    rgba[4 * pixel + 1] = srgbByte((green + rest * (paint[1] as number)) / alpha);
    rgba[4 * pixel + 2] = srgbByte((blue + rest * (paint[2] as number)) / alpha);
    rgba[4 * pixel + 3] = Math.round(255 * (covered + rest));
  }
  return rgba;
};

const FULL = 1 - 1e-9; // weights are ninths and sixteenths

/** Tells what a pixel shows where no surface is, by putting linear red, green, blue and alpha into `paint`. */
const createBackdrop = (picture: Picture, width: number, height: number) => {
  const { camera, side, floor, shadow, background } = picture;
  const flat = typeof background === 'string' ? undefined : background.map(decodeSrgb);
  const spot = new Float64Array(2);
  return (x: number, y: number, paint: Float64Array): void => {
    let light = 1;
    if (floor && shadow && meetFloor(camera, (x + 0.5) * side, (y + 0.5) * side, floor.level, spot)) {
      light = shadowAt(floor, shadow, spot[0] as number, spot[1] as number);
    }
    if (background === 'transparent') {
      paint[3] = 1 - Math.min(1, light); // black that covers as much as the shadow takes away
      return;
    }
    const fall = studioFall((x + 0.5) / width, (y + 0.5) / height);
    for (let k = 0; k < 3; k++) {
      paint[k] = light * (flat?.[k] ?? (STUDIO.middle[k] as number) - fall * (STUDIO.fall[k] as number));
    }
    paint[3] = 1;
  };
};

/** Linear colour of an empty studio behind the model, and how much of it is gone in the corners. */
const STUDIO = { middle: [0.8, 0.82, 0.85], fall: [0.3, 0.29, 0.28] };

const studioFall = (x: number, y: number): number =>
  Math.min(1, (1.21 * (x - 0.5) * (x - 0.5) + (y - 0.45) * (y - 0.45)) / 0.64);
