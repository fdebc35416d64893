import { storeConformance } from '../conformance.ts';
import { createMemoryStore } from './memory-store.ts';

storeConformance('memory', async (options) => createMemoryStore(options));
