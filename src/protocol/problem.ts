import { z } from 'zod';

const FieldError = z.object({
  pointer: z.string().describe('JSON pointer (RFC 6901) to the field'),
  message: z.string(),
});

/** RFC 9457 problem details, with Hive's code, hint and field errors. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string().optional(),
    code: z.string(),
    hint: z.string().optional(),
    errors: z.array(FieldError).optional(),
    trace_id: z.string().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
