import { fieldErrors, HiveError } from '../../protocol/errors.ts';
import { RECORD_KINDS, type RecordKind } from '../../protocol/records.ts';
import type { Verbs } from '../verbs.ts';

export const putRecord: Verbs['putRecord'] = (tables, [kind, id, given, expected, role]) => {
  const value = checkRecord(kind, given);
  const token = role === undefined ? null : (tables.role(role.name)?.token ?? 0);
  if (role !== undefined && token !== null && token !== role.token) return { kind: 'role_lost', token };
  const version = tables.recordVersion(kind, id) ?? 0;
  if (expected !== undefined && expected !== version) return { kind: 'version_conflict', version };
  tables.saveRecord(kind, id, { version: version + 1, value, indexed: indexedFields(kind, value) });
  return { kind: 'stored', version: version + 1 };
};

export const removeRecord: Verbs['removeRecord'] = (tables, [kind, id]) => {
  if (tables.recordVersion(kind, id) === null) return false;
  tables.removeRecord(kind, id);
  return true;
};

function checkRecord(kind: RecordKind, given: unknown): Readonly<Record<string, unknown>> {
  const checked = RECORD_KINDS[kind].schema.safeParse(given);
  if (checked.success) return checked.data;
  const errors = fieldErrors(checked.error);
  throw new HiveError('invalid_request', `the ${kind} record is not valid`, { errors });
}

function indexedFields(kind: RecordKind, value: Readonly<Record<string, unknown>>): Record<string, string> {
  const names: readonly string[] = RECORD_KINDS[kind].indexes;
  return Object.fromEntries(names.map((name) => [name, String(value[name])]));
}
