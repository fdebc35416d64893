import type { GroupSubmitInput } from '../protocol/group.ts';
import type { JobSubmitInput } from '../protocol/job.ts';

/** The bodies that a group's submit stands for. */
export function bodiesOf(submit: GroupSubmitInput): readonly JobSubmitInput[] {
  if ('jobs' in submit) return submit.jobs;
  const { job } = submit;
  const values =
    'values' in submit ? submit.values : Array.from({ length: submit.count }, (_, index) => index);
  return values.map((value, index) => ({
    ...job,
    input: filled(job.input ?? {}, { index, value }) as Record<string, unknown>,
  }));
}

interface Place {
  readonly index: number;
  readonly value: unknown;
}

function filled(template: unknown, place: Place): unknown {
  if (typeof template === 'string') return filledText(template, place);
  if (Array.isArray(template)) return template.map((item) => filled(item, place));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([key, field]) => [key, filled(field, place)]));
}

/** A text that is one mark and nothing else becomes what it stands for, with its type. */
function filledText(text: string, { index, value }: Place): unknown {
  if (text === '{{index}}') return index;
  if (text === '{{value}}') return value;
  const written = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replaceAll('{{index}}', String(index)).replaceAll('{{value}}', () => written);
}
