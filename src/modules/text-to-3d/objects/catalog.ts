import type { Thing } from '../thing.ts';
import { TABLES } from './table.ts';

export const OBJECTS: readonly Thing[] = [...TABLES];
