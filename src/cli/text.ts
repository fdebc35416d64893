/** Control and direction characters, which could move the cursor or disguise what stands there. */
const HOSTILE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Text from elsewhere made safe for a terminal: what is not printable is shown as its escape. */
export const plain = (text: string): string =>
  text.replace(HOSTILE, (char) => {
    if (char === '\n') return '\\n';
    if (char === '\t') return '\\t';
    const code = char.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });

/** As plain, but for text of several lines. */
export const plainLines = (text: string): string => text.split('\n').map(plain).join('\n');

/** A colour sequence; written so because a linter is wary of control characters in patterns. */
export const COLOUR = `${String.fromCharCode(27)}\\[[0-9;]{0,32}m`;
const COLOURS = new RegExp(COLOUR, 'g');
const WIDE = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}]/u;

/** Columns that the text takes on a terminal; our own colours take none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text.replace(COLOURS, '')) {
    if (/\p{Mark}/u.test(char)) continue;
    width += WIDE.test(char) ? 2 : 1;
  }
  return width;
}

/** At most `width` columns, the cut marked. */
export function truncate(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const char of text) {
    used += widthOf(char);
    if (used >= width) break;
    kept += char;
  }
  return `${kept}…`;
}

/** `26 ms`, `1.9 s`, `2m10s`, `3h05m`, `4d3h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  // 59.96 would be printed as 60.0
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const [days, hours, minutes] = [seconds / 86_400, (seconds / 3600) % 24, (seconds / 60) % 60].map(
    Math.floor,
  );
  const two = (value: number): string => String(value).padStart(2, '0');
  if (days) return `${days}d${hours}h`;
  return hours ? `${hours}h${two(minutes ?? 0)}m` : `${minutes}m${two(Math.floor(seconds % 60))}s`;
}

/** How long ago, in one unit: `5s`, `3m`, `2h`, `4d`. */
export function age(at: string | null, now = Date.now()): string {
  if (at === null) return '-';
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000);
  if (Number.isNaN(seconds)) return '-';
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let unit = 0;
  let rest = value;
  // 999.95 would be printed as 1000.0
  while (rest >= step - 0.05 && unit < units.length - 1) {
    rest /= step;
    unit += 1;
  }
  const digits = unit === 0 || rest >= 100 || Number.isInteger(rest) ? 0 : 1;
  return `${rest.toFixed(digits)} ${units[unit]}`;
}
/** Of files: `4.1 kB`. */
export const fileSize = (bytes: number): string => scaled(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']);
/** Of memory: `24 GiB`. */
export const memorySize = (bytes: number): string =>
  scaled(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);

export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** `9 980`: digits in threes, so that a large number is read at a look. */
export const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ' ');
