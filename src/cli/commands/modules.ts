import type { Command } from 'commander';
import type { HiveClient, ModuleInfo } from '../../client/index.ts';
import type { Worker } from '../../protocol/worker.ts';
import type { Act } from '../catalog.ts';
import { EXIT } from '../exit.ts';
import { fieldsOf, type JsonSchema, type SchemaField } from '../json-schema.ts';
import type { Session } from '../session.ts';
import { layTable } from '../table.ts';
import { plain } from '../text.ts';

export function define(command: Command, act: Act): void {
  command.argument('[module]', 'show this one: its input and where it runs').action(act(show));
}

async function show(session: Session, text: string | undefined): Promise<number> {
  const client = await session.client();
  const name = (module: ModuleInfo): string => module.name;
  if (text !== undefined) {
    const [module, workers] = await Promise.all([client.modules.get(text), workersOf(session, client)]);
    session.showOne(module, { name, human: (one) => describe(one, workers, session) });
    return EXIT.ok;
  }
  const [modules, workers] = await Promise.all([client.modules.list(), workersOf(session, client)]);
  session.showList(modules, {
    name,
    empty: 'no modules',
    columns: [
      { title: 'NAME', value: name },
      { title: 'KIND', value: (module) => module.kind },
      { title: 'WORKERS', value: (module) => String(ableOf(module, workers).length) },
      { title: 'WHAT', value: (module) => module.title, flexible: true },
    ],
  });
  return EXIT.ok;
}

/** Who could run it is only shown to people. */
const workersOf = (session: Session, client: HiveClient): Promise<readonly Worker[]> =>
  session.isMachine ? Promise.resolve([]) : client.workers.list();

const ableOf = (module: ModuleInfo, workers: readonly Worker[]): readonly Worker[] =>
  workers.filter(
    (worker) =>
      worker.connected && worker.modules.some((one) => one.name === module.name && one.engine !== null),
  );

function describe(module: ModuleInfo, workers: readonly Worker[], session: Session): string {
  const { palette } = session;
  const able = ableOf(module, workers).map((worker) => plain(worker.name));
  const fields = fieldsOf(module.input as JsonSchema);
  return [
    `${palette.colour('bold', plain(module.name))}  ${plain(module.title)}`,
    `  ${plain(module.description)}`,
    `  runs on ${able.length === 0 ? 'no worker that is connected' : able.join(', ')}`,
    '',
    fields.length === 0
      ? '  takes no input'
      : layTable(fields, FIELD_COLUMNS, palette, session.io.stdout.columns).trimEnd(),
    '',
    `  hive submit ${plain(module.name)} --wait --input '${plain(JSON.stringify(module.example))}'`,
  ].join('\n');
}

const FIELD_COLUMNS = [
  { title: 'FIELD', value: (field: SchemaField) => `${field.name}${field.required ? '*' : ''}` },
  { title: 'TYPE', value: (field: SchemaField) => field.type },
  { title: 'DEFAULT', value: (field: SchemaField) => field.fallback },
  { title: 'MEANING', value: (field: SchemaField) => field.description, flexible: true },
] as const;
