import type { Mesh } from '../mesh/mesh.ts';
import type { Workshop } from './build.ts';
import type { Detail, Style } from './manifest.ts';
import type { Phrase } from './phrase.ts';
import { makeScene } from './scene.ts';
import { kitOf } from './style.ts';

interface Asked {
  readonly style: Style;
  readonly detail: Detail;
}

/** What a level is compared with: the next one towards the usual. */
const TOWARDS: Readonly<Record<Detail, Detail | undefined>> = {
  low: 'medium',
  medium: undefined,
  high: 'medium',
  ultra: 'high',
};

/** A form of flat faces has nothing to refine: a style or detail that was asked for and does not show is said. */
export function warnUnchanged(
  mesh: Mesh,
  phrases: readonly Phrase[],
  workshop: Workshop,
  { style, detail }: Asked,
  random: () => () => number,
): string[] {
  if (style === 'voxel') return [];
  const same = (otherStyle: Style, otherDetail: Detail): boolean => {
    const scene = makeScene(phrases, workshop, kitOf(otherStyle, otherDetail, random()));
    const other = workshop.mesh(workshop.build(scene.node));
    return isSame(mesh, other);
  };
  const level = TOWARDS[detail];
  return [
    level && same(style, level)
      ? `detail_level changes nothing on this form: ${detail} gives what ${level} gives`
      : '',
    style !== 'realistic' && same('realistic', detail)
      ? `style changes nothing on this form: ${style} gives what realistic gives`
      : '',
  ].filter(Boolean);
}

const isSame = (a: Mesh, b: Mesh): boolean =>
  a.triangles.length === b.triangles.length &&
  a.positions.length === b.positions.length &&
  a.positions.every((value, i) => value === b.positions[i]);
