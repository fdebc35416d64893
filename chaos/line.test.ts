import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Line } from './line.ts';

let server: Server;
let line: Line;
let far: Socket;
let near: Socket;

beforeEach(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  line = await Line.listen((server.address() as AddressInfo).port);
  const accepted = once(server, 'connection');
  near = connect(Number(new URL(line.url).port), '127.0.0.1');
  [far] = (await accepted) as [Socket];
  for (const socket of [near, far]) socket.on('error', () => {});
  near.write('ready');
  await read(far);
});

afterEach(async () => {
  near.destroy();
  far.destroy();
  await line.close();
  server.close();
});

/** Waits for no error: a connection that breaks off is what these tests are about. */
const closeOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()));
const read = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0]);
const send = (socket: Socket, text: string): Promise<void> =>
  new Promise((resolve) => socket.write(text, () => resolve()));

test('passes both ways, and an end on both sides', async () => {
  near.write('up');
  expect(await read(far)).toBe('up');
  far.write('down');
  expect(await read(near)).toBe('down');
  far.on('data', () => {});
  near.resume();
  const closed = closeOf(far);
  near.end();
  await closed;
});

test('a held connection passes nothing that way and the other way all; late means that it comes', async () => {
  expect(line.hold('up', false)).toBe(1);
  expect(line.open).toBe(0);
  const got: string[] = [];
  far.on('data', (chunk) => got.push(String(chunk)));
  await send(near, 'late');
  far.write('down');
  expect(await read(near)).toBe('down');
  expect(got).toEqual([]);
  const came = once(far, 'data');
  line.release('late');
  await came;
  expect(got).toEqual(['late']);
});

test('dropped: what was held back never comes, and both ends learn of it', async () => {
  line.hold('both', false);
  const got: string[] = [];
  far.on('data', (chunk) => got.push(String(chunk)));
  near.resume();
  await send(near, 'lost');
  const closed = [closeOf(near), closeOf(far)];
  line.release('dropped');
  await Promise.all(closed);
  expect(got).toEqual([]);
});

test('an end that dies while the line is held is not told to the other one until then', async () => {
  line.hold('both', false);
  let told = false;
  near.on('close', () => {
    told = true;
  });
  near.resume();
  const gone = closeOf(far);
  far.destroy();
  await gone;
  near.write('still there?');
  // A round through the loop and back by another connection: news would have come by now.
  const other = once(server, 'connection');
  const probe = connect(Number(new URL(line.url).port), '127.0.0.1');
  await other;
  probe.destroy();
  expect(told).toBe(false);
  const closed = closeOf(near);
  line.release('late');
  await closed;
});

test('what was sent arrives late even when its sender has gone, and then the connection ends', async () => {
  line.hold('both', false);
  const got: string[] = [];
  far.on('data', (chunk) => got.push(String(chunk)));
  await send(near, 'last words');
  const gone = closeOf(near);
  near.destroy();
  await gone;
  const closed = closeOf(far);
  line.release('late');
  await closed;
  expect(got).toEqual(['last words']);
});

test('new connections pass beside a held one, or hang as well', async () => {
  line.hold('both', true);
  const accepted = once(server, 'connection');
  const fresh = connect(Number(new URL(line.url).port), '127.0.0.1');
  const [reached] = (await accepted) as [Socket];
  const came = once(reached, 'data');
  fresh.write('hello');
  expect(line.open).toBe(0);
  line.release('late');
  expect(String((await came)[0])).toBe('hello');
  fresh.destroy();
});
