import { z } from 'zod';
import { defineManifest } from '../../protocol/manifest.ts';

export const STYLES = ['realistic', 'stylized', 'low-poly', 'voxel'] as const;
export type Style = (typeof STYLES)[number];

export const DETAILS = ['low', 'medium', 'high', 'ultra'] as const;
export type Detail = (typeof DETAILS)[number];

export const TextTo3dInput = z.strictObject({
  prompt: z
    .string()
    .min(1)
    .max(2000)
    .describe('what to model, in English: shapes, sizes, colours, materials, arrangements'),
  style: z.enum(STYLES).default('realistic').describe('changes the form, never a stated size'),
  detail_level: z.enum(DETAILS).default('medium').describe('segments of curves, and small parts'),
  format: z.enum(['glb', 'obj', 'stl', 'ply']).default('glb').describe('format of the model file'),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(0)
    .describe('varies natural forms only, such as foliage'),
  thumbnail: z.boolean().default(true).describe('also render thumbnail.png, 512 by 512'),
});
export type TextTo3dInput = z.infer<typeof TextTo3dInput>;

const Understood = z.strictObject({
  words: z.string().describe('words of the prompt'),
  meaning: z.string().describe('what they were read as'),
});

export const TextTo3dOutput = z.strictObject({
  model: z.string().describe('file name of the model among the artifacts'),
  format: z.enum(['glb', 'obj', 'stl', 'ply']),
  sha256: z.string().describe('of the model file'),
  triangles: z.number().int(),
  vertices: z.number().int(),
  volume_m3: z.number(),
  area_m2: z.number(),
  bbox_m: z.tuple([z.number(), z.number(), z.number()]).describe('size along x (right), y (back) and z (up)'),
  watertight: z.boolean().describe('closed 2-manifold, consistently oriented'),
  components: z.number().int().describe('connected surfaces; a closed cavity is one more'),
  genus: z.number().int().describe('number of through holes, over all components'),
  materials: z.array(z.string()),
  validator: z
    .strictObject({ errors: z.number().int(), warnings: z.number().int() })
    .nullable()
    .describe('Khronos glTF validator; null for formats other than glb'),
  understood: z.array(Understood),
  warnings: z.array(z.string()),
});
export type TextTo3dOutput = z.infer<typeof TextTo3dOutput>;

export const manifest = defineManifest<TextTo3dInput>({
  name: 'text-to-3d',
  family: '3d-generation',
  kind: 'generate',
  title: 'Text to 3D',
  description: 'Reads a description with sizes and colours and answers with an exact, watertight mesh.',
  version: '1.0.0',
  input: TextTo3dInput,
  output: TextTo3dOutput,
  needs: (input) => ({
    cpu: 1,
    memory_bytes: (input.detail_level === 'ultra' ? 1024 : 512) * 2 ** 20,
    capabilities: ['3d-generation'],
  }),
  example: {
    prompt: 'a red table 120 cm wide with four legs',
    style: 'realistic',
    detail_level: 'medium',
    format: 'glb',
    seed: 0,
    thumbnail: true,
  },
});
