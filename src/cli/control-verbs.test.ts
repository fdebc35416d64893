import { expect, test } from 'vitest';
import { translate } from './control-verbs.ts';

test.each([
  ['status', ['status']],
  ['runners', ['workers']],
  ['jobs -o json', ['jobs', '-o', 'json']],
  ['logs image-to-3d', ['logs', 'image-to-3d']],
  ['submit gis-lidar high', ['submit', 'gis-lidar', '--priority', 'high']],
  ['submit gis-lidar', ['submit', 'gis-lidar']],
  ['submit exec a=1 --wait', ['submit', 'exec', 'a=1', '--wait']],
  ['start --port 0', ['up', '--port', '0']],
  ['monitor', ['status', '--watch']],
])('%s', (text, argv) => {
  expect(translate(text.split(' '))).toEqual({ argv });
});

test('what it does not know it says, with what it knows', () => {
  expect(translate(['scale', '4'])).toEqual({
    unknown: expect.stringMatching(/no "scale"[\s\S]*start, status, monitor/),
  });
  expect(translate(['toString'])).toHaveProperty('unknown');
  expect(translate(['stats'])).toEqual({ unknown: expect.stringContaining('did you mean status?') });
});
