import { runSuites } from '../bench/report.ts';
import { threeD } from './three-d.ts';

await runSuites('accept', { '3d': threeD }, process.argv.slice(2));
