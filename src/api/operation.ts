import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../protocol/errors.ts';
import { Problem } from '../protocol/problem.ts';

export interface Media {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

export interface Operation {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** The body by content type, where it is not JSON that fastify checks. */
  readonly body?: Readonly<Record<string, z.ZodType>>;
  /** Answers by status. */
  readonly answers: Readonly<Record<number, z.ZodType | Media>>;
  /** Refusals beside those that every operation can give. */
  readonly errors?: readonly ErrorCode[];
}

const ALWAYS: readonly ErrorCode[] = [
  'invalid_request',
  'forbidden_origin',
  'internal',
  'store_unavailable',
  'shutting_down',
];

/** What a JSON body can be refused for. */
export const BODY_ERRORS = ['invalid_json', 'payload_too_large', 'unsupported_media_type'] as const;

/** The documented part of a route's schema. */
export const operation = ({ id, tag, summary, description, body, answers, errors = [] }: Operation) => ({
  operationId: id,
  tags: [tag],
  summary,
  ...(description !== undefined && { description }),
  ...(body !== undefined && { documentedBody: body }),
  response: { ...problems([...ALWAYS, ...errors]), ...described(answers) } as Record<number, unknown>,
});

function described(answers: Operation['answers']): Record<string, unknown> {
  const entries = Object.entries(answers).map(([status, answer]) => {
    const isJson = answer instanceof z.ZodType && !(answer instanceof z.ZodUndefined);
    return [status, isJson ? media('application/json', STATUS_CODES[status] ?? status, answer) : answer];
  });
  return Object.fromEntries(entries);
}

function problems(codes: readonly ErrorCode[]): Record<number, Media> {
  const byStatus: Record<number, Media> = {};
  for (const code of new Set(codes)) {
    const { status, title } = ERRORS[code];
    const before = byStatus[status] === undefined ? '' : `${byStatus[status].description}; `;
    byStatus[status] = {
      description: `${before}${code}: ${title}`,
      content: { 'application/problem+json': { schema: Problem } },
    };
  }
  return byStatus;
}

/** An answer that is not JSON. */
export const media = (type: string, description: string, schema: z.ZodType = z.string()): Media => ({
  description,
  content: { [type]: { schema } },
});

export const Bytes = z.string().meta({ format: 'binary' });
export const binary = (description: string): Media => media('application/octet-stream', description, Bytes);
