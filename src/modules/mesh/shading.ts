import type { Camera } from './camera.ts';
import { KEY_POWER, keyDirection, type Receivers, TINTS } from './lights.ts';
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
    const lamp = receivers.key[i] as number;
    const sky = receivers.sky[i] as number;
    const open = Math.min(1, 1.6 * (lamp + sky)); // roughly how much of the surroundings the bit sees
    const seen = Math.min(1, lamp / (KEY_POWER * Math.max(0.05, dot(normal, key))));
    const facing = Math.max(0.02, dot(normal, view));
    const surround = studioLight(surface, normal, view, key) * (0.4 + 0.6 * open);
    const spark = seen > 0 ? seen * highlight(surface, normal, view, key) : 0;
    const grazing = grazingTerm(facing, surface.roughness);
    const gain = surround * (1.018 - 0.572 * surface.roughness - 1.04 * grazing) + spark;
    const offset = surround * (1.04 * grazing - 0.04 + 0.022 * surface.roughness);
    const floor = BOUNCE * (0.5 - 0.5 * normal[2]) * (0.35 + 0.65 * open);
    for (let k = 0; k < 3; k++) {
      const light = lamp * (TINTS.key[k] as number) + sky * (TINTS.sky[k] as number) + floor;
      const diffuse = (surface.diffuse[k] as number) * light;
      colors[3 * i + k] = compress(diffuse + (surface.mirror[k] as number) * gain + offset);
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
  /** GGX: α², and Schlick's k for the masking */
  readonly spread: number;
  readonly mask: number;
}

const describeSurface = ({ color, metallic, roughness }: Material): Surface => {
  const rough = Math.min(1, Math.max(0.16, roughness)); // the key lamp has a size: sharper than this it is never seen
  return {
    diffuse: scale(color, 1 - metallic),
    mirror: add(scale([0.04, 0.04, 0.04], 1 - metallic), scale(color, metallic)),
    roughness: rough,
    spread: rough ** 4,
    mask: (rough + 1) ** 2 / 8,
  };
};

/** GGX distribution and the visibility term of Schlick's Smith, times the cosine to the lamp and its power. */
const highlight = ({ spread, mask }: Surface, normal: Vector, view: Vector, key: Vector): number => {
  const cosine = dot(normal, key);
  if (cosine <= 0) return 0;
  const facing = Math.max(0.02, dot(normal, view));
  const half = (cosine + dot(normal, view)) / Math.sqrt(2 + 2 * dot(view, key));
  const bell = half * half * (spread - 1) + 1;
  const shown = 4 * (facing * (1 - mask) + mask) * (cosine * (1 - mask) + mask);
  return (KEY_POWER * spread * cosine) / (bell * bell * shown);
};

/** What a mirror would see: a floor below, a horizon, a darker ceiling, and a wide soft box round the key lamp. */
const studioLight = ({ roughness }: Surface, normal: Vector, view: Vector, key: Vector): number => {
  const twice = 2 * dot(normal, view);
  const rise = twice * normal[2] - view[2];
  const toKey = twice * dot(normal, key) - dot(view, key);
  const blur = 0.12 + 0.6 * roughness;
  const above = smooth((rise + blur) / (2 * blur));
  const ceiling = 0.85 - 0.4 * Math.max(0, rise);
  const box = smooth((toKey - (0.8 - 0.5 * blur)) / (0.35 * blur + 0.05));
  return 0.42 * (1 - above) + above * ceiling + box * (1.1 - 0.6 * roughness);
};

const smooth = (x: number): number => {
  const t = Math.min(1, Math.max(0, x));
  return t * t * (3 - 2 * t);
};

/** The part of Karis's fit that depends on the angle. */
const grazingTerm = (facing: number, roughness: number): number => {
  const x = 1 - roughness;
  return Math.min(x * x, Math.exp(-6.4324 * facing)) * x - 0.0275 * roughness + 0.0425;
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
