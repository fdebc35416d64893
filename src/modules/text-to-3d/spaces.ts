import { ModuleError } from '../module.ts';
import type { Arrangement, Phrase } from './phrase.ts';
import { invalid } from './quantities.ts';

type Space = 'gap' | 'spacing' | 'radius';

/** Which lengths an arrangement is laid out by, of those that were said; the first of a list wins. */
const USES: Readonly<Record<Arrangement['kind'], readonly Space[]>> = {
  row: ['gap', 'spacing'],
  column: ['gap', 'spacing'],
  grid: ['gap', 'spacing'],
  stack: ['spacing', 'gap'],
  ring: ['radius', 'spacing'],
};

/** A length or number said of an arrangement that would not show in it is refused. */
export function refuseUnusedPlaces({ arrangement, count: said }: Phrase, count: number): void {
  if (!arrangement) return;
  const { kind, words, grid } = arrangement;
  const spaces = (['gap', 'spacing', 'radius'] as const).filter((name) => arrangement[name] !== undefined);
  const [used] = USES[kind].filter((name) => spaces.includes(name));
  const unused = spaces.filter((name) => name !== used);
  if (unused.length > 0) {
    const why = used ? `cannot hold together with the ${used}` : 'has no meaning there';
    throw new ModuleError('unsupported_prompt', `"${words}": in a ${kind} the ${unused.join(', ')} ${why}.`, {
      hint: 'Say one distance: four cubes in a row 5 cm apart, or six cubes on a circle of radius 20 cm.',
      details: { unknown: [words], suggestions: {} },
    });
  }
  if (grid && said !== undefined && grid[0] * grid[1] !== count)
    throw invalid('number of things', count, `contradicts a grid of ${grid.join(' by ')}`);
}
