import { isColour, PALETTE_WORDS } from './palette.ts';
import type { Relation } from './phrase.ts';
import { NUMBER_WORDS, UNIT_WORDS, unitOf } from './quantities.ts';

const words = (text: string): string[] => text.trim().split(/\s+/);
const phrases = (text: string): string[] =>
  text
    .trim()
    .split(/\s*,\s*/)
    .sort((a, b) => b.length - a.length);

/** Words that ask for something without saying what. */
export const POLITE: ReadonlySet<string> = new Set(
  words(
    'please kindly make create build generate design model render draw produce give show want need would like me us i we you can could let to threed d cad printable mesh object shape thing scene picture image the a an some of my our this here is there are just really very quite simple basic plain nice beautiful cool pretty good normal ordinary regular standard typical single exactly precisely about approximately roughly hi hello thanks thank',
  ),
);

/** Words that may stand before a noun and say nothing about it. */
export const DETERMINERS: ReadonlySet<string> = new Set(
  words(
    'a an the some its their his her this that these those single exactly precisely about approximately roughly simple basic plain nice beautiful cool pretty good normal ordinary regular standard typical very quite really just only own same equal identical',
  ),
);

export const DIMENSIONS: Readonly<Record<string, string>> = {
  width: 'width',
  breadth: 'width',
  wide: 'width',
  broad: 'width',
  across: 'across',
  height: 'height',
  high: 'height',
  tall: 'height',
  length: 'length',
  lengths: 'length',
  long: 'length',
  depth: 'depth',
  deep: 'depth',
  thickness: 'thickness',
  thick: 'thickness',
  diameter: 'diameter',
  diameters: 'diameter',
  dia: 'diameter',
  radius: 'radius',
  radii: 'radius',
  side: 'side',
  sides: 'side',
  edge: 'side',
  edges: 'side',
  base: 'base',
  size: 'size',
  sizes: 'size',
  dimensions: 'size',
  widths: 'width',
  heights: 'height',
};
/** Those that only follow their number: "4 cm wide", never "wide of 4 cm". */
export const TRAILING: ReadonlySet<string> = new Set(words('wide broad across high tall long deep thick'));

export const QUALIFIERS: Readonly<Record<string, string>> = {
  outer: 'outer',
  outside: 'outer',
  external: 'outer',
  exterior: 'outer',
  inner: 'inner',
  inside: 'inner',
  internal: 'inner',
  interior: 'inner',
  bore: 'inner',
  major: 'major',
  ring: 'major',
  minor: 'minor',
  tube: 'minor',
  base: 'base',
  bottom: 'base',
  lower: 'base',
  top: 'top',
  upper: 'top',
  wall: 'wall',
  total: '',
  overall: '',
  full: '',
  side: 'side',
  edge: 'side',
};

/** Adjectives of size: what they scale, and by how much, where no length is stated. */
export const SCALES: Readonly<Record<string, readonly [axis: string, factor: number]>> = {
  big: ['all', 1.5],
  bigger: ['all', 1.5],
  large: ['all', 1.5],
  larger: ['all', 1.5],
  huge: ['all', 2.5],
  giant: ['all', 3],
  enormous: ['all', 3],
  gigantic: ['all', 3],
  massive: ['all', 2.5],
  small: ['all', 0.6],
  smaller: ['all', 0.6],
  little: ['all', 0.6],
  tiny: ['all', 0.3],
  mini: ['all', 0.3],
  miniature: ['all', 0.2],
  tall: ['height', 1.5],
  taller: ['height', 1.5],
  high: ['height', 1.5],
  short: ['height', 0.65],
  shorter: ['height', 0.65],
  low: ['height', 0.65],
  wide: ['width', 1.5],
  wider: ['width', 1.5],
  broad: ['width', 1.5],
  narrow: ['width', 0.6],
  long: ['length', 1.6],
  longer: ['length', 1.6],
  deep: ['depth', 1.5],
  shallow: ['depth', 0.6],
  thin: ['thickness', 0.5],
  thinner: ['thickness', 0.5],
  slim: ['thickness', 0.6],
  slender: ['thickness', 0.6],
  skinny: ['thickness', 0.5],
  flat: ['thickness', 0.4],
  thick: ['thickness', 1.7],
  thicker: ['thickness', 1.7],
  chunky: ['thickness', 1.7],
  fat: ['thickness', 1.6],
};

/** Other adjectives: word → what it says. The thing must know what to do with it. */
export const ADJECTIVES: Readonly<Record<string, string>> = {
  hollow: 'hollow',
  hollowed: 'hollow',
  empty: 'hollow',
  solid: 'solid',
  open: 'open',
  closed: 'closed',
  lidless: 'open',
  round: 'round',
  circular: 'round',
  cylindrical: 'round',
  rounded: 'rounded',
  bevelled: 'rounded',
  beveled: 'rounded',
  spherical: 'spherical',
  square: 'square',
  rectangular: 'rectangular',
  oval: 'oval',
  elliptical: 'oval',
  triangular: 'sides-3',
  pentagonal: 'sides-5',
  hexagonal: 'sides-6',
  hex: 'sides-6',
  heptagonal: 'sides-7',
  octagonal: 'sides-8',
  cubic: 'cubic',
  cubical: 'cubic',
  conical: 'conical',
  truncated: 'truncated',
  blind: 'blind',
  vertical: 'vertical',
  upright: 'vertical',
  horizontal: 'horizontal',
  pointed: 'pointed',
  straight: 'straight',
  right: 'right',
  regular: 'regular',
};

/** Where on a thing something is; the thing must know what to do with it. */
export const SPOTS: readonly (readonly [says: string, phrases: readonly string[]])[] = [
  [
    'corners',
    phrases(
      'near the corners, near each corner, near all corners, near the four corners, near its corners, at the corners, at each corner, in the corners, in each corner, one in each corner, one at each corner, at its corners, at all four corners, at the four corners, one near each corner, close to the corners',
    ),
  ],
  [
    'centre',
    phrases(
      'through the centre, through the center, through the middle, in the centre, in the center, in the middle, at the centre, at the center, through its centre, through its center, through its middle, in its centre, in its center, through the centre of it, through the center of it, through the middle of it, in the middle of it',
    ),
  ],
  [
    'through',
    phrases(
      'through it, all the way through it, all the way through, right through it, through, from top to bottom, top to bottom, drilled through it, drilled through, cut through it, punched through it, going through it, running through it, through the top, through the whole thing, in it, vertically, in the top',
    ),
  ],
  [
    'sideways',
    phrases(
      'from side to side, side to side, from left to right, through the side, through the sides, horizontally, in the side, sideways',
    ),
  ],
  ['frontways', phrases('from front to back, front to back, through the front, in the front')],
  [
    'lengthwise',
    phrases('along its length, along the length, lengthwise, lengthways, along its axis, along the axis'),
  ],
];

export const RELATION_PHRASES: readonly (readonly [Relation, readonly string[]])[] = [
  [
    'on',
    phrases(
      'on top of, on the top of, atop, on, onto, upon, sitting on, standing on, resting on, placed on, lying on, balanced on, stacked on, on top, sitting on top of, standing on top of, placed on top of, resting on top of, mounted on, put on, stacked on top of',
    ),
  ],
  [
    'above',
    phrases('above, over, hovering above, hovering over, floating above, floating over, directly above'),
  ],
  ['under', phrases('under, underneath, below, beneath, directly under, directly below')],
  [
    'left',
    phrases(
      'to the left of, on the left of, left of, on the left side of, to the left, on the left, on its left',
    ),
  ],
  [
    'right',
    phrases(
      'to the right of, on the right of, right of, on the right side of, to the right, on the right, on its right',
    ),
  ],
  ['front', phrases('in front of, in front, before')],
  ['behind', phrases('behind, in back of, at the back of')],
  [
    'beside',
    phrases(
      'next to, beside, alongside, adjacent to, close to, near, standing next to, standing beside, sitting next to, placed next to, to the side of, on the side of, at the side of, by',
    ),
  ],
  ['inside', phrases('inside of, inside, within')],
  ['around', phrases('around, surrounding, all around, encircling')],
];

/** Words of the grammar itself, which mean nothing on their own. */
const GRAMMAR = words(
  `and with without no of in on by x at from to the a an is are be being it its they them each every which that has have having featuring includes including containing contains wearing
   made out built painted coloured colored tinted color colour size measuring measures sized dimensions should must shall will made-of
   row line column ring circle grid stack tower pile array tall high on top other another one spaced apart between spacing gap gaps evenly equally arranged placed stacked side
   minus subtract subtracted removed cut carved drilled hole missing away plus then also both minus intersected intersection union difference common
   rotated tilted turned leaning laid lying standing flat upside down inverted degrees degree about around axis y z end its clockwise
   all four way right angle angles perpendicular joined together respectively lid top bottom left front back behind near corners corner centre center middle through
   per long where so cm wxdxh lxwxh as equal distance vertically horizontally directly style walls wide material plus lengthwise set group bunch arrangement pattern equidistant adjacent rows columns soft edges corners`,
);

const FIXED_WORDS: ReadonlySet<string> = new Set([
  ...POLITE,
  ...DETERMINERS,
  ...Object.keys(DIMENSIONS),
  ...Object.keys(QUALIFIERS),
  ...Object.keys(SCALES),
  ...Object.keys(ADJECTIVES),
  ...SPOTS.flatMap(([, list]) => list.flatMap(words)),
  ...RELATION_PHRASES.flatMap(([, list]) => list.flatMap(words)),
  ...GRAMMAR,
  ...NUMBER_WORDS,
  ...UNIT_WORDS,
  ...PALETTE_WORDS,
]);

export const isFixedWord = (word: string): boolean =>
  FIXED_WORDS.has(word) || unitOf(word) !== undefined || isColour(word);

/** The singular forms a word may have, itself first. */
export function singulars(word: string): string[] {
  const forms = [word];
  if (word.endsWith('ves')) forms.push(`${word.slice(0, -3)}f`, `${word.slice(0, -3)}fe`);
  if (word.endsWith('ies')) forms.push(`${word.slice(0, -3)}y`);
  if (word.endsWith('es')) forms.push(word.slice(0, -2));
  if (word.endsWith('s') && !word.endsWith('ss')) forms.push(word.slice(0, -1));
  return forms;
}
