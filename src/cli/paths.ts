import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Io } from './io.ts';

type Env = Io['env'];

const home = (env: Env): string => env.HOME ?? env.USERPROFILE ?? homedir();

/** Where the server keeps its data unless told otherwise. */
export const dataFolder = (env: Env): string =>
  join(env.XDG_DATA_HOME || join(home(env), '.local', 'share'), 'hive');

/** Where the CLI keeps what it remembers between calls. */
export const stateFolder = (env: Env): string =>
  join(env.XDG_STATE_HOME || join(home(env), '.local', 'state'), 'hive');
