import type { Thing } from '../thing.ts';
import { BARRELS } from './barrels.ts';
import { BEDS } from './beds.ts';
import { CRAFTS } from './crafts.ts';
import { HOUSEHOLD } from './household.ts';
import { HOUSES } from './houses.ts';
import { NATURE } from './nature.ts';
import { SEATS } from './seating.ts';
import { SIGNS } from './signs.ts';
import { STORAGE } from './storage.ts';
import { TABLES } from './table.ts';
import { TOOLS } from './tools.ts';
import { TOWERS } from './towers.ts';
import { VEHICLES } from './vehicles.ts';
import { VESSELS } from './vessels.ts';

/** Things made of parts. */
export const OBJECTS: readonly Thing[] = [
  ...TABLES,
  ...SEATS,
  ...BEDS,
  ...STORAGE,
  ...HOUSES,
  ...TOWERS,
  ...VEHICLES,
  ...CRAFTS,
  ...NATURE,
  ...VESSELS,
  ...BARRELS,
  ...TOOLS,
  ...HOUSEHOLD,
  ...SIGNS,
];
