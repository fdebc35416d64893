import { describe, expect, test } from 'vitest';
import { NetworkLine, Pipe } from './network-line.ts';
import type { Profile } from './profile.ts';
import { SeededRandom } from './seeded-random.ts';
import { actorOf, VirtualTime } from './virtual-time.ts';
import type { World } from './world.ts';

function rig(latency_ms = 100) {
  const time = new VirtualTime(0);
  const profile = { latency_ms } as Profile;
  const world = { time, random: new SeededRandom(1), profile } as World;
  const line = new NetworkLine(world);
  const receiver = actorOf('receiver');
  const pipe = new Pipe(world, line, 'up', receiver);
  const got: string[] = [];
  const send = (...texts: string[]): void => {
    for (const text of texts) pipe.send(() => void got.push(`${text}@${time.now()}`));
  };
  const drain = (): string[] => {
    while (time.step());
    return got.map((entry) => entry.split('@')[0] ?? '');
  };
  return { time, line, receiver, pipe, got, send, drain };
}

describe('a simulated connection', () => {
  test('is late and keeps its order', () => {
    const { send, drain, got } = rig();
    send('a', 'b', 'c', 'd', 'e');
    expect(drain()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(got.some((entry) => !entry.endsWith('@0'))).toBe(true);
  });

  test('holds everything back through a partition, what was on its way too, and loses nothing', () => {
    const { time, line, send, drain, got } = rig();
    send('before');
    line.hold('up', 5000);
    send('during');
    line.hold('up', 9000);
    time.after(8000, null, () => send('late'));
    expect(drain()).toEqual(['before', 'during', 'late']);
    expect(got[0]).toBe('before@9000');
  });

  test('a hold of the other direction does not touch it', () => {
    const { line, send, drain, got } = rig(0);
    line.hold('down', 5000);
    send('up');
    drain();
    expect(got).toEqual(['up@0']);
  });

  test('a cut loses what is on its way', () => {
    const { pipe, send, drain } = rig();
    send('lost');
    pipe.cut();
    expect(drain()).toEqual([]);
  });
});

describe('virtual time', () => {
  test('runs by instant, then by order of scheduling', () => {
    const time = new VirtualTime(0);
    const ran: string[] = [];
    for (const [name, at] of [
      ['c', 20],
      ['a', 10],
      ['b', 10],
      ['d', 20],
    ] as const)
      time.after(at, null, () => void ran.push(name));
    const cancel = time.after(15, null, () => void ran.push('canceled'));
    cancel();
    while (time.step());
    expect(ran).toEqual(['a', 'b', 'c', 'd']);
    expect(time.now()).toBe(20);
  });

  test('drops what the dead would do and defers what the sleeping would', () => {
    const time = new VirtualTime(0);
    const [dead, asleep] = [actorOf('dead'), actorOf('asleep')];
    const ran: string[] = [];
    time.after(1, dead, () => void ran.push('dead'));
    time.after(1, asleep, () => void ran.push(`first@${time.now()}`));
    time.after(2, asleep, () => void ran.push(`second@${time.now()}`));
    dead.alive = false;
    asleep.pausedUntil = 100;
    while (time.step());
    expect(ran).toEqual(['first@100', 'second@100']);
  });
});
