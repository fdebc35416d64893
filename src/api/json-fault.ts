export interface JsonFault {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  readonly found: string;
}

const SPACE = /[ \t\n\r]*/y;
const SCALAR =
  /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|"[^"\\\p{Cc}\u007f-\u009f]*(?:(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|[\u007f-\u009f])[^"\\\p{Cc}\u007f-\u009f]*)*"/uy;

/** Where a text stops being JSON; JSON.parse does not say it for every text. Null when the text is JSON. */
export function findJsonFault(text: string): JsonFault | null {
  const at = scan(text);
  if (at === null) return null;
  const before = text.slice(0, at).split('\n');
  return {
    offset: at,
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    found: at >= text.length ? 'the end of the text' : JSON.stringify(text.slice(at, at + 10)),
  };
}

type Awaits = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or close' | 'end';

function scan(text: string): number | null {
  const open: string[] = [];
  let awaits: Awaits = 'value';
  let at = 0;
  for (;;) {
    at = match(SPACE, text, at) ?? at;
    const char = text[at];
    if (char === undefined) return awaits === 'end' ? null : at;
    const next = step(awaits, char, open);
    if (next !== undefined) {
      awaits = next;
      at += 1;
      continue;
    }
    const end = takesScalar(awaits, char) ? match(SCALAR, text, at) : undefined;
    if (end === undefined) return at;
    at = end;
    awaits = awaits.startsWith('key') ? 'colon' : after(open);
  }
}

const after = (open: readonly string[]): Awaits => (open.length === 0 ? 'end' : 'comma or close');

const takesScalar = (awaits: Awaits, char: string): boolean =>
  awaits.startsWith('value') || (awaits.startsWith('key') && char === '"');

/** What is awaited after a structural character; undefined where it does not fit. */
function step(awaits: Awaits, char: string, open: string[]): Awaits | undefined {
  if (awaits.startsWith('value') && (char === '{' || char === '[')) {
    open.push(char === '{' ? '}' : ']');
    return char === '{' ? 'key or }' : 'value or ]';
  }
  if (awaits === 'colon') return char === ':' ? 'value' : undefined;
  if (awaits === 'comma or close' && char === ',') return open.at(-1) === '}' ? 'key' : 'value';
  const closes = awaits === 'comma or close' ? char === open.at(-1) : awaits.endsWith(`or ${char}`);
  if (!closes) return undefined;
  open.pop();
  return after(open);
}

function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
