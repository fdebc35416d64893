import pc from 'picocolors';
import type { Io, Output } from './io.ts';

export type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold';

/** Colours and signs for one output. */
export interface Palette {
  readonly colour: (name: Colour, text: string) => string;
  readonly ok: string;
  readonly fail: string;
  readonly note: string;
  readonly active: string;
  readonly waiting: string;
  readonly bar: readonly [full: string, empty: string];
}

export function makePalette(io: Io, output: Output, noColour: boolean): Palette {
  const { createColors } = pc;
  const colours = createColors(wantsColour(io, output, noColour));
  const ascii = io.env.TERM === 'dumb';
  const sign = (pretty: string, simple: string): string => (ascii ? simple : pretty);
  return {
    colour: (name, text) => colours[name](text),
    ok: colours.green(sign('✔', '[ok]')),
    fail: colours.red(sign('✖', '[x]')),
    note: colours.dim(sign('–', '-')),
    active: colours.cyan(sign('●', '*')),
    waiting: colours.dim(sign('◌', 'o')),
    bar: ascii ? ['#', '.'] : ['█', '░'],
  };
}

/** https://no-color.org, and FORCE_COLOR for those who pipe into something that shows colours. */
function wantsColour(io: Io, output: Output, noColour: boolean): boolean {
  if (noColour || (io.env.NO_COLOR ?? '') !== '') return false;
  const forced = io.env.FORCE_COLOR ?? '';
  if (forced !== '') return forced !== '0';
  return output.isTTY === true && io.env.TERM !== 'dumb';
}
