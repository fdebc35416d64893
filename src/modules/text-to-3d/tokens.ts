import { ModuleError } from '../module.ts';

export interface Token {
  readonly kind: 'word' | 'number' | 'mark';
  /** lower case */
  readonly text: string;
  readonly value?: number;
}

const FRACTIONS: Readonly<Record<string, string>> = { '½': ' 1/2', '¼': ' 1/4', '¾': ' 3/4', '⅓': ' 1/3' };
const PATTERN =
  /(?<hex>#[0-9a-f]{6}\b)|(?<fraction>\d+\/\d+)|(?<number>-?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+(?![\p{L}\d]))?)|(?<word>\p{L}[\p{L}\p{M}]*(?:'s)?)|(?<mark>[,.;:()=!?+&*"']|-)|(?<other>\S)/gu;

/** Splits a prompt into lower-case words, numbers and marks; nothing but white space is dropped. */
export function readTokens(prompt: string): Token[] {
  const text = tidy(prompt);
  refuseDecimalComma(text);
  const tokens: Token[] = [];
  for (const match of text.matchAll(PATTERN)) {
    const { hex, fraction, number, mark } = match.groups ?? {};
    const last = tokens.at(-1);
    if (number) tokens.push({ kind: 'number', text: number, value: Number(number) });
    else if (fraction) tokens.push(readFraction(fraction));
    else if (mark && last?.kind === 'number' && (mark === '"' || mark === "'")) {
      tokens.push({ kind: 'word', text: mark === '"' ? 'inch' : 'foot' });
    } else if (mark) tokens.push({ kind: 'mark', text: mark });
    else tokens.push({ kind: 'word', text: hex ?? match[0] });
  }
  return tokens;
}

/** `1,5 cm` may be 1.5 cm or two numbers, so it is asked for. */
function refuseDecimalComma(text: string): void {
  const found = /(?<![\d,.])(\d+),(\d+)\s*(?:mm|cm|dm|m|km|in|inch|inches|ft|feet|met(?:er|re)s?)\b/.exec(
    text,
  );
  if (!found) return;
  const [said, whole, rest] = found;
  throw new ModuleError('invalid_prompt', `"${said}" can be read in two ways.`, {
    hint: `Write ${whole}.${rest} with a point, or "${whole}, ${rest}" with a space for two numbers.`,
    details: { field: 'number', value: said },
  });
}

function tidy(prompt: string): string {
  return prompt
    .normalize('NFC')
    .toLowerCase()
    .replace(/[½¼¾⅓]/g, (sign) => FRACTIONS[sign] ?? sign)
    .replace(/[×✕]/g, ' x ')
    .replace(/[⌀∅]/g, ' diameter ')
    .replace(/[“”″]/g, '"')
    .replace(/[‘’′]/g, "'")
    .replace(/[‐-―−]/g, '-')
    .replace(/°/g, ' degrees ')
    .replace(/(\d),(\d{3})(?!\d)/g, '$1$2')
    .replace(/\b3 ?-? ?d\b/g, 'threed')
    .replace(/(\d)\s*x\s*(?=[\d.])/g, '$1 x ')
    .replace(/(mm|cm|m|in|ft)\s*x\s*(?=[\d.])/g, '$1 x ')
    .replace(/(?<=[\p{L}\d])-(?=[\p{L}\d])/gu, ' ');
}

function readFraction(text: string): Token {
  const [over = 0, under = 1] = text.split('/').map(Number);
  return { kind: 'number', text, value: over / under };
}
