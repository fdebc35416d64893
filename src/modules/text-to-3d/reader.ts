import type { Material } from '../mesh/mesh.ts';
import { SCALES } from './lexicon.ts';
import { materialOfLook } from './palette.ts';
import { type Measure, newPhrase, type Phrase } from './phrase.ts';
import { invalid } from './quantities.ts';

export interface Note {
  readonly words: string;
  readonly meaning: string;
}

/** Lengths as people say them. */
export function showLength(metres: number): string {
  const size = Math.abs(metres);
  if (size >= 1) return `${trim(metres)} m`;
  return size >= 0.01 || size === 0 ? `${trim(metres * 100)} cm` : `${trim(metres * 1000)} mm`;
}
const trim = (value: number): string => String(Number(value.toFixed(4)));

const plural = (noun: string): string =>
  noun === 'tooth'
    ? 'teeth'
    : /(f|fe)$/.test(noun) && noun !== 'roof'
      ? noun.replace(/fe?$/, 'ves')
      : noun.endsWith('ch')
        ? `${noun}es`
        : `${noun}s`;

/** Parts of a kind share one look here: "a red leg and a blue leg" would lose one. */
function refuseTwoLooks(parts: readonly Phrase[]): void {
  const [first, other] = new Set(parts.flatMap(({ lookWords }) => lookWords.join(' ') || []));
  if (other !== undefined)
    throw invalid(`look of the ${parts[0]?.words}`, other, `contradicts ${first}: say one for all of them`);
}

/** Gives a thing what the prompt says of it, and keeps account: what no one asked for is left over and refused. */
export class Reader {
  readonly phrase: Phrase;
  readonly notes: Note[];
  /** what was done but may not be what was meant */
  readonly warnings: string[] = [];
  /** which of several things that share a list ("sides 3, 2 and 1 cm") */
  private readonly index: number;
  private readonly used = new Set<unknown>();
  /** was it asked how many there are? What no one asks for is not done. */
  private counted = false;
  /** the same of what it looks like */
  private looked = false;

  constructor(phrase: Phrase, notes: Note[], index = 0) {
    this.phrase = phrase;
    this.notes = notes;
    this.index = index;
  }

  get name(): string {
    return this.phrase.words || this.phrase.noun.id;
  }

  say(words: string, meaning: string): void {
    if (this.index > 0) return;
    if (!this.notes.some((note) => note.words === words && note.meaning === meaning)) {
      this.notes.push({ words, meaning });
    }
  }

  /** The length said under any of these keys; two that differ contradict each other. */
  length(...keys: readonly string[]): number | undefined {
    let value: number | undefined;
    for (const measure of this.phrase.measures) {
      if (measure.key === 'dims' || !keys.includes(measure.key)) continue;
      const next = measure.values[measure.values.length > 1 ? this.index : 0] ?? 0;
      this.use(measure, showLength(next));
      if (value !== undefined && Math.abs(value - next) > 1e-9 * value) {
        throw invalid(measure.key, measure.words, `contradicts ${showLength(value)} of the ${this.name}`);
      }
      value = next;
    }
    return value;
  }

  /** All lengths of one measure: `6 by 4 cm base`. */
  lengths(key: string): readonly number[] | undefined {
    const measure = this.phrase.measures.find((other) => other.key === key);
    if (!measure) return undefined;
    this.use(measure, measure.values.map(showLength).join(' × '));
    return measure.values;
  }

  /** A diameter, however it was said: `diameter`, `radius` × 2, with a qualifier or without. */
  diameter(...qualifiers: readonly string[]): number | undefined {
    for (const qualifier of qualifiers) {
      const key = (word: string) => [qualifier, word].filter(Boolean).join(' ');
      const radius = this.length(key('radius'));
      const whole = this.length(key('diameter'));
      if (radius !== undefined && whole !== undefined && Math.abs(whole - 2 * radius) > 1e-9) {
        throw invalid(key('diameter'), showLength(whole), `contradicts a radius of ${showLength(radius)}`);
      }
      if (radius !== undefined || whole !== undefined) return whole ?? 2 * (radius ?? 0);
    }
    return undefined;
  }

  /** A number said without a unit, meant as a count: `6 sides`. */
  countOf(key: string): number | undefined {
    const measure = this.phrase.measures.find(
      (other) => other.key === key && other.bare !== undefined && Number.isInteger(other.bare),
    );
    if (!measure?.bare || !/^\S+ \S+$/.test(measure.words) || measure.words.startsWith(key)) return undefined;
    this.used.add(measure);
    this.say(measure.words, `${measure.bare} ${key}s`);
    return measure.bare;
  }

  has(key: string): boolean {
    return this.phrase.measures.some((measure) => measure.key === key);
  }

  flag(...flags: readonly string[]): string | undefined {
    const found = flags.find((flag) => this.phrase.flags.includes(flag));
    if (found !== undefined) {
      this.used.add(`flag ${found}`);
      if (!(found in SCALES)) this.say(found, `${this.name}: ${found}`);
    }
    return found;
  }

  /** Of adjectives such as "big" or "tall": what they scale an unsaid length by. */
  factor(...axes: readonly string[]): number {
    let factor = 1;
    for (const flag of this.phrase.flags) {
      const [axis, by] = SCALES[flag] ?? [];
      if (axis === undefined || by === undefined || !axes.includes(axis)) continue;
      if ((by > 1 && factor < 1) || (by < 1 && factor > 1))
        throw invalid('size', flag, `contradicts another adjective of the ${this.name}`);
      factor *= by;
      this.used.add(`flag ${flag}`);
      this.say(flag, `${this.name}: ${axis === 'all' ? 'size' : axis} × ${by} where no length is said`);
    }
    return factor;
  }

  /** A part that was said, as a reader of its own; `count` 0 is "without". Several that were said alike are one. */
  part(id: string): Reader | undefined {
    const found = this.phrase.parts.filter((part) => part.noun.id === id);
    const named = this.phrase.measures.filter(
      (measure) => measure.key.startsWith(`${id} `) && !this.used.has(measure),
    );
    if (found.length === 0 && named.length === 0) return undefined;
    const [first = newPhrase({ id, kind: 'part' }, id), ...more] = found;
    const measures = named.map((measure) => ({ ...measure, key: measure.key.slice(id.length + 1) }));
    for (const measure of named) this.used.add(measure);
    for (const part of found) this.used.add(part);
    const merged: Phrase = {
      ...first,
      measures: [...first.measures, ...more.flatMap((part) => part.measures), ...measures],
      flags: [...first.flags, ...more.flatMap((part) => part.flags)],
      look: Object.assign({}, first.look, ...more.map((part) => part.look)),
      lookWords: [...first.lookWords, ...more.flatMap((part) => part.lookWords)],
    };
    const [count, other] = new Set(found.flatMap((part) => part.count ?? []));
    if (other !== undefined) throw invalid(`number of ${plural(id)}`, other, `contradicts ${count}`);
    if (count !== undefined) merged.count = count;
    refuseTwoLooks(found);
    const reader = new Reader(merged, this.notes, 0);
    this.readers.push(reader);
    this.say(first.words, count === 0 ? `no ${id}` : `${id}${count === undefined ? '' : ` × ${count}`}`);
    return reader;
  }

  /** Each part of a kind by itself, where they may differ. */
  each(id: string): Reader[] {
    return this.phrase.parts
      .filter((part) => part.noun.id === id)
      .map((part) => {
        this.used.add(part);
        this.say(part.words, `${id}${part.count === undefined ? '' : ` × ${part.count}`}`);
        const reader = new Reader(part, this.notes, 0);
        this.readers.push(reader);
        return reader;
      });
  }

  private readonly readers: Reader[] = [];

  /** How many of a part there are: said and within what is possible, else the default. */
  count(part: Reader | undefined, standard: number, least: number, most: number): number {
    const said = part?.phrase.count;
    if (part) part.counted = true;
    if (said === undefined) return standard;
    if (said < least || said > most) {
      const why = `is not possible for a ${this.name} (${least} to ${most})`;
      throw invalid(`number of ${plural(part?.phrase.noun.id ?? 'part')}`, said, why);
    }
    return said;
  }

  /** How many were said, for whoever makes that many. */
  get number(): number | undefined {
    this.counted = true;
    return this.phrase.count;
  }

  /** Said to be left out, for whoever leaves it out. */
  get absent(): boolean {
    if (this.phrase.count === 0) this.counted = true;
    return this.phrase.count === 0;
  }

  /** The colour or material said, else the one given. */
  material(standard: Material): Material {
    return this.look(standard) ?? standard;
  }

  /** The colour or material said, if any; a finish alone is one of what it would be made of. */
  look(standard?: Material): Material | undefined {
    const material = materialOfLook(this.phrase.look, standard);
    if (!material) return undefined;
    this.looked = true;
    const what = this.phrase.look.material ? 'material' : 'colour';
    const opaque = /glass|crystal|ice/.test(material.name) ? ' (shown opaque)' : '';
    this.say(this.phrase.lookWords.join(' '), `${what} of the ${this.name}: ${material.name}${opaque}`);
    return material;
  }

  /** What was said and not used, in words. */
  leftovers(): string[] {
    const { measures, flags, parts } = this.phrase;
    return [
      ...this.miscounted(),
      ...(this.looked ? [] : this.phrase.lookWords),
      ...measures
        .filter((measure) => !this.used.has(measure))
        .map(({ words }) => (this.phrase.noun.kind === 'part' ? `${this.name} ${words}` : words)),
      ...flags
        .filter((flag) => !this.used.has(`flag ${flag}`) && !this.isSaidInLengths(flag))
        .map((flag) => flag.replace(/^sides-(\d)$/, '$1-sided')),
      ...parts.filter((part) => !this.used.has(part)).map(({ words }) => words),
      ...this.readers.flatMap((reader) => reader.leftovers()),
    ];
  }

  /** A part in a number that no one asked for: there would be none of "no roof", and one of "two roofs". */
  private miscounted(): string[] {
    const { noun, count, words } = this.phrase;
    if (noun.kind !== 'part' || this.counted || count === undefined || count === 1) return [];
    return [count === 0 ? `no ${words}` : `${count} ${words}`];
  }

  /** "A small sphere 5 cm wide": the length says how small. */
  private isSaidInLengths(flag: string): boolean {
    if (!Object.hasOwn(SCALES, flag) || this.phrase.measures.length === 0) return false;
    this.say(flag, `${this.name}: the lengths that are said hold`);
    return true;
  }

  /** Leaves a measure to someone else, such as the arrangement. */
  forgive(key: string): number | undefined {
    const measure = this.phrase.measures.find((other) => other.key === key && !this.used.has(other));
    if (!measure) return undefined;
    this.use(measure, showLength(measure.values[0] ?? 0));
    return measure.values[0];
  }

  private use(measure: Measure, meaning: string): void {
    this.used.add(measure);
    const what = measure.key === 'dims' ? 'size' : measure.key;
    const unit = measure.assumed ? ` (no unit was said: ${measure.assumed})` : '';
    this.say(measure.words, `${what} of the ${this.name}: ${meaning}${unit}`);
  }
}
