import type { Camera } from './camera.ts';
import { keyDirection, type Receivers } from './lights.ts';
import type { Material } from './mesh.ts';
import type { SurfaceSamples } from './surface-samples.ts';
import { add, dot, normalize, scale, subtract, type Vector } from './vector.ts';

/**
 * Light that each bit of surface sends to the camera: Lambert plus GGX highlights of the key lamp (Walter et al. 2007) plus
 * a mirrored studio through Karis's fit of the environment term (2014).
 * @returns display-linear red, green, blue 0–1 per bit, tone curve applied
 */
export const shadeSamples = (
  samples: SurfaceSamples,
  receivers: Receivers,
  materials: readonly Material[],
  camera: Camera,
  azimuth: number,
): Float32Array => {
  const surfaces = materials.map(describeSurface);
  const plain = describeSurface(PLAIN);
  const key = keyDirection(azimuth);
  const colors = new Float32Array(3 * samples.count);
  for (let i = 0; i < samples.count; i++) {
    const surface = surfaces[samples.materials[i] as number] ?? plain;
    const position = triple(samples.positions, i);
    const normal = triple(samples.normals, i);
    const view = camera.perspective ? normalize(subtract(camera.eye, position)) : scale(camera.forward, -1);
    const light = triple(receivers.irradiance, i);
    const gloss = reflect(surface, normal, view, key, receivers.keySeen[i] as number, open(light));
    const floor = BOUNCE * (0.5 - 0.5 * normal[2]) * (0.35 + 0.65 * open(light));
    for (const k of [0, 1, 2] as const) {
      const diffuse = surface.diffuse[k] * (light[k] + floor);
      colors[3 * i + k] = compress(diffuse + gloss[k]);
    }
  }
  return colors;
};

const PLAIN: Material = { name: '', color: [0.8, 0.8, 0.8], metallic: 0, roughness: 0.6 };
const BOUNCE = 0.3; // what the floor sends back up

interface Surface {
  readonly diffuse: Vector;
  /** reflectance head-on */
  readonly mirror: Vector;
  readonly roughness: number;
}

const describeSurface = ({ color, metallic, roughness }: Material): Surface => ({
  diffuse: scale(color, 1 - metallic),
  mirror: add(scale([0.04, 0.04, 0.04], 1 - metallic), scale(color, metallic)),
  roughness: Math.min(1, Math.max(0.16, roughness)), // the key lamp has a size: sharper than this it is never seen
});

/** 0–1: roughly how much of the surroundings a bit sees, judged by the light it gets. */
const open = (light: Vector): number => Math.min(1, 1.6 * light[1]);

const reflect = (
  { mirror, roughness }: Surface,
  normal: Vector,
  view: Vector,
  key: Vector,
  keySeen: number,
  openness: number,
): Vector => {
  const facing = Math.max(0.02, dot(normal, view));
  const mirrored = subtract(scale(normal, 2 * dot(normal, view)), view);
  const surround = studioLight(mirrored, roughness, key) * (0.25 + 0.75 * openness);
  const lamp = keySeen * highlight(normal, view, key, facing, roughness);
  const [gain, offset] = environmentTerm(facing, roughness);
  return [0, 1, 2].map((k) => {
    const f0 = mirror[k] as number;
    return surround * (f0 * gain + offset) + lamp * f0;
  }) as unknown as Vector;
};

/** GGX distribution and the visibility term of Schlick's Smith, times the cosine to the lamp. */
const highlight = (normal: Vector, view: Vector, key: Vector, facing: number, roughness: number): number => {
  const cosine = dot(normal, key);
  if (cosine <= 0) return 0;
  const half = dot(normal, normalize(add(view, key)));
  const a2 = roughness ** 4;
  const spread = half * half * (a2 - 1) + 1;
  const k = (roughness + 1) ** 2 / 8;
  const mask = 1 / (4 * (facing * (1 - k) + k) * (cosine * (1 - k) + k));
  return (0.62 * a2 * mask * cosine) / (spread * spread);
};

const environmentTerm = (facing: number, roughness: number): [number, number] => {
  const x = 1 - roughness;
  const y = -0.0275 * roughness + 0.0425;
  const grazing = Math.min(x * x, 2 ** (-9.28 * facing)) * x + y;
  return [-1.04 * grazing + (1.04 - 0.572 * roughness - 0.022), 1.04 * grazing - 0.04 + 0.022 * roughness];
};

/** What a mirror would see: a floor below, a horizon, a darker ceiling, and a wide soft box round the key lamp. */
const studioLight = (toward: Vector, roughness: number, key: Vector): number => {
  const blur = 0.12 + 0.6 * roughness;
  const above = smooth((toward[2] + blur) / (2 * blur));
  const ceiling = 0.85 - 0.4 * Math.max(0, toward[2]);
  const box = smooth((dot(toward, key) - (0.8 - 0.5 * blur)) / (0.35 * blur + 0.05));
  return 0.42 * (1 - above) + above * ceiling + box * (1.1 - 0.6 * roughness);
};

const smooth = (x: number): number => {
  const t = Math.min(1, Math.max(0, x));
  return t * t * (3 - 2 * t);
};

const KNEE = 0.75;

/** Straight up to the knee, so that colours stay what they are; above it highlights bend towards 1 and do not clip. */
const compress = (light: number): number =>
  light <= KNEE ? light : KNEE + (1 - KNEE) * (1 - Math.exp((KNEE - light) / (1 - KNEE)));

const triple = (from: Float32Array, i: number): Vector => [
  from[3 * i] as number,
  from[3 * i + 1] as number,
  from[3 * i + 2] as number,
];
