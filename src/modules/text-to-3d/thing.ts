import type { Detail, Style } from './manifest.ts';
import type { Node } from './program.ts';
import type { Reader } from './reader.ts';

/** How finely things are made. */
export interface Kit {
  readonly style: Style;
  readonly detail: Detail;
  /** segments of a full circle, a multiple of 4 so that diameters are exact */
  readonly n: number;
  /** the same for small parts */
  readonly small: number;
  /** 0 leaves small parts out, 1 has them, 2 and 3 add bevels and more */
  readonly parts: number;
  readonly random: () => number;
}

export interface Built {
  /** centred in x and y, standing on z = 0, front towards −y */
  readonly node: Node;
  /** metres in x, y, z that the prompt states, to be met by the result */
  readonly stated?: readonly [number | undefined, number | undefined, number | undefined];
  /** size over all that the finished node is scaled to, where its design only comes near */
  readonly fit?: readonly [number, number, number];
  /** true volume where a closed form holds and nothing was cut */
  readonly volume?: number;
}

/** Something a prompt can name. */
export interface Thing {
  readonly id: string;
  /** its names in the singular, `id` not included */
  readonly words?: readonly string[];
  /** ids of parts that can be said of it */
  readonly parts?: readonly string[];
  build(reader: Reader, kit: Kit): Built;
}
