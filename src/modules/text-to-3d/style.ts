import type { Detail, Style } from './manifest.ts';
import type { Kit } from './thing.ts';

/** Segments of a full circle; multiples of 4, so that a circle reaches its diameter on both axes. */
const SEGMENTS: Readonly<Record<Detail, number>> = { low: 32, medium: 64, high: 96, ultra: 160 };
const FEW: Readonly<Record<Detail, number>> = { low: 8, medium: 12, high: 16, ultra: 20 };
const LEVEL: Readonly<Record<Detail, number>> = { low: 0, medium: 1, high: 2, ultra: 3 };

export function kitOf(style: Style, detail: Detail, random: () => number): Kit {
  const n = style === 'low-poly' ? FEW[detail] : SEGMENTS[detail];
  const small = style === 'low-poly' ? 8 : Math.max(16, Math.round(n / 8) * 4);
  return { style, detail, n, small, parts: LEVEL[detail], random };
}

/** Degrees above which an edge is drawn sharp. */
export const creaseOf = (style: Style): number => (style === 'low-poly' || style === 'voxel' ? 0 : 35);

/** What the style does to the form, in words. */
export function describeStyle(style: Style, detail: Detail): string {
  const { n } = kitOf(style, detail, () => 0);
  switch (style) {
    case 'realistic':
      return `circles of ${n} segments`;
    case 'low-poly':
      return `circles of ${n} segments, flat shading`;
    case 'stylized':
      return `rounded edges and thicker small parts, circles of ${n} segments`;
    case 'voxel':
      return `re-made of cubes, ${VOXELS[detail]} along the longest side`;
  }
}

/** Cubes along the longest side. */
export const VOXELS: Readonly<Record<Detail, number>> = { low: 16, medium: 28, high: 44, ultra: 64 };
