import { decodeSrgb } from '../mesh/color.ts';
import type { Material } from '../mesh/mesh.ts';

const COLOURS: Readonly<Record<string, string>> = {
  red: 'd32020',
  green: '2e9e3f',
  blue: '2156d6',
  yellow: 'f2cf1d',
  orange: 'f08019',
  purple: '7a2fb0',
  violet: '7f3fd0',
  pink: 'f48fb6',
  brown: '7a4a24',
  black: '161616',
  white: 'f4f4f4',
  grey: '808080',
  gray: '808080',
  cyan: '1fc4d6',
  turquoise: '30c9b8',
  teal: '10807f',
  magenta: 'd41fb4',
  fuchsia: 'e6209e',
  lime: '9bd81f',
  olive: '7a7a22',
  maroon: '751a1f',
  navy: '16205c',
  indigo: '44229c',
  beige: 'e4d7b4',
  cream: 'f6edd0',
  ivory: 'f4efdc',
  tan: 'cba677',
  khaki: 'b5a768',
  coral: 'f2765a',
  salmon: 'f08f78',
  crimson: 'b51436',
  scarlet: 'e0261b',
  burgundy: '66142c',
  lavender: 'b9a6e6',
  lilac: 'c4a2d8',
  mint: 'a4e3c1',
  aqua: '3fd9d9',
  amber: 'f2a91c',
  mustard: 'cfa423',
  peach: 'f6bd96',
  rose: 'e25d7f',
  ruby: '9c1239',
  emerald: '128a55',
  sapphire: '17439c',
  charcoal: '36393d',
  azure: '3f95f0',
  plum: '78325f',
  chocolate: '4d2b17',
  apricot: 'f4b47c',
};

/** sRGB colour, metallic, roughness */
const MATERIALS: Readonly<Record<string, readonly [string, number, number]>> = {
  wood: ['9c6b3f', 0, 0.7],
  oak: ['b58a55', 0, 0.65],
  pine: ['d2ab71', 0, 0.7],
  walnut: ['5d3d26', 0, 0.6],
  mahogany: ['6b2d1c', 0, 0.5],
  bamboo: ['c9b26b', 0, 0.6],
  cork: ['b58b5c', 0, 0.95],
  steel: ['a8adb3', 1, 0.35],
  iron: ['6d6e70', 1, 0.6],
  metal: ['a3a6aa', 1, 0.4],
  aluminium: ['c9cccf', 1, 0.3],
  aluminum: ['c9cccf', 1, 0.3],
  chrome: ['d6d9dc', 1, 0.08],
  titanium: ['8f8a85', 1, 0.4],
  lead: ['5b5e66', 1, 0.6],
  tin: ['b9babd', 1, 0.4],
  gold: ['e3b33a', 1, 0.25],
  silver: ['d9dade', 1, 0.2],
  platinum: ['cfd0d2', 1, 0.25],
  bronze: ['9c6a2e', 1, 0.4],
  copper: ['c1693c', 1, 0.3],
  brass: ['c6a24a', 1, 0.3],
  glass: ['bcdcea', 0, 0.05],
  crystal: ['dceaf4', 0, 0.03],
  ice: ['cbe6f4', 0, 0.1],
  plastic: ['d8d8d8', 0, 0.4],
  rubber: ['262626', 0, 0.9],
  leather: ['6b4225', 0, 0.7],
  fabric: ['8c8f9c', 0, 1],
  cloth: ['8c8f9c', 0, 1],
  wool: ['e0dacb', 0, 1],
  paper: ['f2efe6', 0, 0.95],
  cardboard: ['b98f5f', 0, 0.95],
  stone: ['8b8880', 0, 0.9],
  rock: ['77746d', 0, 0.95],
  granite: ['73706f', 0, 0.6],
  marble: ['ece8e2', 0, 0.25],
  concrete: ['9c9b97', 0, 0.95],
  cement: ['9c9b97', 0, 0.95],
  sandstone: ['cbab78', 0, 0.95],
  sand: ['d8c08c', 0, 1],
  clay: ['b0714f', 0, 0.9],
  terracotta: ['b8603f', 0, 0.85],
  ceramic: ['ece7dd', 0, 0.25],
  porcelain: ['f4f2ee', 0, 0.15],
  wax: ['eadfbe', 0, 0.5],
  jade: ['3f9a6b', 0, 0.3],
  ebony: ['2b211b', 0, 0.5],
};

const AS_MATERIAL: Readonly<Record<string, string>> = {
  wooden: 'wood',
  timber: 'wood',
  metallic: 'metal',
  golden: 'gold',
  woolen: 'wool',
  woollen: 'wool',
  icy: 'ice',
  glassy: 'glass',
};

/** Blend towards white (above 0) or black (below 0). */
const TINTS: Readonly<Record<string, number>> = {
  light: 0.4,
  pale: 0.55,
  pastel: 0.5,
  bright: 0.1,
  dark: -0.5,
  deep: -0.35,
};

const FINISHES: Readonly<Record<string, number>> = {
  shiny: 0.12,
  glossy: 0.12,
  polished: 0.15,
  matte: 0.95,
  matt: 0.95,
  rough: 1,
};

export const isColour = (word: string): boolean => word in COLOURS || /^#[0-9a-f]{6}$/.test(word);
export const isTint = (word: string): boolean => word in TINTS;
export const isFinish = (word: string): boolean => word in FINISHES;
export const isMaterial = (word: string): boolean => word in MATERIALS || word in AS_MATERIAL;
export const PALETTE_WORDS: readonly string[] = [COLOURS, MATERIALS, AS_MATERIAL, TINTS, FINISHES].flatMap(
  (words) => Object.keys(words),
);

/** What a phrase says about the look of a thing. */
export interface Look {
  readonly colour?: string;
  readonly tint?: string;
  readonly material?: string;
  readonly finish?: string;
}

export function colourOf(word: string, roughness = 0.55): Material {
  return { name: word, color: linear(COLOURS[word] ?? word.slice(1)), metallic: 0, roughness };
}

export function materialOf(word: string): Material {
  const name = AS_MATERIAL[word] ?? word;
  const [hex, metallic, roughness] = MATERIALS[name] ?? ['999999', 0, 0.6];
  return { name, color: linear(hex), metallic, roughness };
}

/** A colour over a material keeps the material's sheen: red steel is still metal. */
export function materialOfLook(look: Look, plain?: Material): Material | undefined {
  const base = look.material ? materialOf(look.material) : undefined;
  const colour = look.colour ? colourOf(look.colour) : undefined;
  const first = colour ?? base ?? (look.finish ? plain : undefined);
  if (!first) return undefined;
  const tint = look.tint ? (TINTS[look.tint] ?? 0) : 0;
  const finish = look.finish ? FINISHES[look.finish] : undefined;
  return {
    name: [look.finish, look.tint, look.colour, base?.name ?? (colour ? undefined : plain?.name)]
      .filter(Boolean)
      .join(' '),
    color: blend(first.color, tint),
    metallic: base?.metallic ?? (colour ? 0 : first.metallic),
    roughness: finish ?? base?.roughness ?? first.roughness,
  };
}

function blend(color: Material['color'], tint: number): Material['color'] {
  const target = tint > 0 ? 1 : 0;
  const share = Math.abs(tint);
  const [r, g, b] = color.map((value) => value + (target - value) * share);
  return [r ?? 0, g ?? 0, b ?? 0];
}

function linear(hex: string): Material['color'] {
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) =>
    decodeSrgb(Number.parseInt(hex.slice(at, at + 2), 16) / 255),
  );
  return [r, g, b];
}
