import type { z } from 'zod';
import type { RequirementsInput } from './requirements.ts';

export const MODULE_KINDS = [
  'generate',
  'reconstruct',
  'train',
  'invert',
  'process',
  'benchmark',
  'exec',
] as const;
export type ModuleKind = (typeof MODULE_KINDS)[number];

/**
 * What the orchestrator knows of a module: enough to validate a submit and to place the job with no worker connected.
 * It is light (no engine is imported) and the same on every machine of one version.
 */
export interface Manifest<I = unknown> {
  /** `text-to-3d`: lower case, digits and dashes; unique in the catalogue. */
  readonly name: string;
  /** Capability word that admits the module on a worker: `3d-generation`, `gis`, `geophysics`, … */
  readonly family: string;
  readonly kind: ModuleKind;
  readonly title: string;
  readonly description: string;
  /** Raised when the same input and seed may give other bytes. */
  readonly version: string;
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType;
  needs(input: I): RequirementsInput;
  /** Files the worker must stage before the run: name in the input folder → upload or artifact id. */
  files?(input: I): Readonly<Record<string, string>>;
  /** An input that runs anywhere in seconds: for the docs, the dashboard's try button and the conformance suite. */
  readonly example: I;
}

/** Keeps the input type while a manifest is written: `defineManifest({ … })`. */
export const defineManifest = <I>(manifest: Manifest<I>): Manifest<I> => manifest;
