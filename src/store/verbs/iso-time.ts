let last = Number.NaN;
let text = '';

/** RFC 3339; all events of a group carry one instant, so the last answer is kept. */
export function isoTime(at: number): string {
  if (at !== last) {
    last = at;
    text = new Date(at).toISOString();
  }
  return text;
}
