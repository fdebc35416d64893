import { moduleConformance } from './conformance.ts';
import { module as textTo3d } from './text-to-3d/run.ts';

moduleConformance(textTo3d);
