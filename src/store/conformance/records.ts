import { expect, test } from 'vitest';
import { type OpenStore, START, Stage } from './fixture.ts';

const upload = (number: number, tenant = 'default') => ({
  id: `upl_${number}` as never,
  tenant,
  name: 'a.bin',
  size: number,
  sha256: 'f'.repeat(64),
  content_type: 'text/plain',
  created_at: new Date(START).toISOString(),
  expires_at: new Date(START + number).toISOString(),
});

export function recordClauses(open: OpenStore): void {
  test('§4 roles: what an ex-holder writes under its token is refused', async () => {
    const stage = await Stage.open(open);
    const { jobs, store } = stage;
    const put = (value: number, token: number) =>
      store.records.put('setting', 'led', { id: 'led', value }, undefined, { name: 'scaler', token });
    const first = await jobs.holdRole('scaler', 'a', 1000);
    expect(await put(1, first.token)).toEqual({ kind: 'stored', version: 1 });
    expect(await put(2, first.token + 1)).toEqual({ kind: 'role_lost', token: first.token });
    stage.clock.pass(1001);
    const second = await jobs.holdRole('scaler', 'b', 1000);
    expect(await put(3, first.token)).toEqual({ kind: 'role_lost', token: second.token });
    expect(await put(4, second.token)).toEqual({ kind: 'stored', version: 2 });
    expect((await store.records.get('setting', 'led'))?.value).toEqual({ id: 'led', value: 4 });
    await store.close();
  });

  test('records: versions rise by one, and an expected version fences the put', async () => {
    const { store } = await Stage.open(open);
    const { records } = store;
    expect(await records.get('setting', 'a')).toBeNull();
    const put = (value: unknown, expected?: number) =>
      records.put('setting', 'a', { id: 'a', value }, expected);
    expect(await put(1, 0)).toEqual({ kind: 'stored', version: 1 });
    expect(await put(2, 0)).toEqual({ kind: 'version_conflict', version: 1 });
    expect(await put(2, 1)).toEqual({ kind: 'stored', version: 2 });
    expect(await put({ deep: [3] })).toEqual({ kind: 'stored', version: 3 });
    expect(await records.get('setting', 'a')).toEqual({
      id: 'a',
      version: 3,
      value: { id: 'a', value: { deep: [3] } },
    });
    expect(await records.remove('setting', 'a')).toBe(true);
    expect(await records.remove('setting', 'a')).toBe(false);
    expect(await records.get('setting', 'a')).toBeNull();
    await store.close();
  });

  test('records: what does not fit its kind is refused and not stored', async () => {
    const { store } = await Stage.open(open);
    const bad = { id: 5, value: 1 } as never;
    await expect(store.records.put('setting', 'a', bad)).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/id' }],
    });
    expect(await store.records.get('setting', 'a')).toBeNull();
    await store.close();
  });

  test('records: lists page by id, by a declared index too', async () => {
    const { store } = await Stage.open(open);
    const { makeId } = await import('../../protocol/ids.ts');
    const id = (number: number) => makeId('upl', START, new Uint8Array(10).fill(number));
    for (let number = 1; number <= 5; number += 1) {
      const value = { ...upload(number, number % 2 === 0 ? 'acme' : 'default'), id: id(number) };
      await store.records.put('upload', value.id, value);
    }
    const first = await store.records.list('upload', { limit: 2 });
    expect(first.records.map((record) => record.value.size)).toEqual([1, 2]);
    expect(first.next).toBe(id(2));
    const rest = await store.records.list('upload', { limit: 9, after: id(2) });
    expect(rest).toMatchObject({ next: null, records: [{ id: id(3) }, { id: id(4) }, { id: id(5) }] });
    const where = { index: 'tenant', equals: 'acme' };
    expect((await store.records.list('upload', { limit: 1, where })).next).toBe(id(2));
    await store.records.put('upload', id(2), { ...upload(2), id: id(2) });
    expect(
      (await store.records.list('upload', { limit: 9, where })).records.map((record) => record.id),
    ).toEqual([id(4)]);
    await store.close();
  });
}
