import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attachmentOf, namesTag, readPreferWait } from './headers.ts';
import { nearestPath } from './nearest-path.ts';

test('a download name is safe in a header and comes back whole', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const header = attachmentOf(name);
      expect(header).toMatch(
        /^attachment; filename="[\x20-\x7e]*?"(; filename\*=UTF-8''[A-Za-z0-9%!#$&+.^_`|~-]*)?$/,
      );
      const plain = /filename="(.*?)"/.exec(header)?.[1] ?? '';
      expect(plain).not.toMatch(/["\\/]/);
      const exact = /UTF-8''(.*)$/.exec(header)?.[1];
      const base = name.slice(name.lastIndexOf('/') + 1).replace(/\p{Surrogate}/gu, '_');
      expect(exact === undefined ? plain : decodeURIComponent(exact)).toBe(base);
    }),
  );
});

test('Prefer is read in all its forms', () => {
  expect(readPreferWait('wait=10')).toBe(10);
  expect(readPreferWait('respond-async, wait=5; foo')).toBe(5);
  expect(readPreferWait(['handling=lenient', 'wait="7"'])).toBe(7);
  for (const none of [undefined, '', 'await=5', 'wait', 'wait=-1'])
    expect(readPreferWait(none)).toBeUndefined();
});

test('tags are compared weakly', () => {
  expect(namesTag('"a", W/"b"', '"b"')).toBe(true);
  expect(namesTag('*', '"b"')).toBe(true);
  expect(namesTag('"a"', '"b"')).toBe(false);
});

test('the nearest path is close or none', () => {
  const known = ['/v1/jobs', '/v1/jobs/:id', '/v1/workers', '/v1/jobs/:id/artifacts/*'];
  expect(nearestPath('/v1/jbos', known)).toBe('/v1/jobs');
  expect(nearestPath('/v1/jobs/x/artefacts/a/b', known)).toBe('/v1/jobs/:id/artifacts/*');
  expect(nearestPath('/jobs', known)).toBe('/v1/jobs');
  expect(nearestPath('/something/quite/different', known)).toBeUndefined();
  const others = [...known, '/', '/docs', '/docs/:file', '/docs/problems', '/healthz', '/:page'];
  for (const nothing of ['/v1/nothing', '/nothing', '/v1/x', '/docs/x/y/z', '/a/b'])
    expect([nothing, nearestPath(nothing, others)]).toEqual([nothing, undefined]);
  expect(nearestPath('/docs/problem', others)).toBe('/docs/problems');
  expect(nearestPath('/helthz', others)).toBe('/healthz');
});
