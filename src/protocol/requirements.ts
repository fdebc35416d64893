import { z } from 'zod';

const GIB = 2 ** 30;
const word = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._:-]{0,63}$/, 'must be 1-64 of a-z 0-9 . _ : -, starting with a letter or digit');

/** What a job needs from a worker. What is left out takes the module's figure, then the default. */
export const Requirements = z
  .strictObject({
    cpu: z.number().min(0).max(1024).default(1).describe('cores reserved while the job runs'),
    memory_bytes: z
      .number()
      .int()
      .min(0)
      .max(2 ** 50)
      .default(GIB / 2)
      .describe('bytes of memory reserved'),
    gpu: z.enum(['required', 'preferred', 'none']).default('none'),
    gpu_count: z
      .number()
      .int()
      .min(0)
      .max(64)
      .default(0)
      .describe('GPUs reserved; 1 when gpu is required and this is 0'),
    vram_bytes: z
      .number()
      .int()
      .min(0)
      .max(2 ** 50)
      .default(0)
      .describe('bytes of VRAM reserved on each GPU'),
    capabilities: z.array(word).max(32).default([]).describe('words the worker must offer, all of them'),
    labels: z
      .record(z.string().max(64), z.string().max(256))
      .default({})
      .describe('worker labels that must be equal'),
    region: z.string().max(64).optional(),
  })
  .meta({ id: 'Requirements' });
export type Requirements = z.infer<typeof Requirements>;
export type RequirementsInput = z.input<typeof Requirements>;

export const Capability = word;
