import { describe, expect, it } from 'vitest';
import { moduleConformance } from '../conformance.ts';
import { manifest } from './manifest.ts';
import { module } from './run.ts';

moduleConformance(module, {
  slow: { ...manifest.example, sleep_ms: 60_000 },
  checkpointed: { ...manifest.example, steps: 25, step_ms: 1, checkpoint_every: 7 },
  freeFields: ['echo'],
});

describe('module test', () => {
  it('takes an empty input', () => {
    expect(manifest.input.parse({})).toMatchObject({ echo: null, sleep_ms: 0, artifacts: [] });
  });
});
