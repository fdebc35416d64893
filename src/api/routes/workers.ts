import websocket from '@fastify/websocket';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { CHANNEL_MAX_FRAME } from '../../protocol/channel.ts';
import { HiveError } from '../../protocol/errors.ts';
import { WorkerId } from '../../protocol/ids.ts';
import { Worker, WorkerPatch } from '../../protocol/worker.ts';
import { callerOf } from '../caller.ts';
import type { App, Context } from '../context.ts';
import { BODY_ERRORS, operation } from '../operation.ts';
import { listOfData } from '../schemas.ts';
import { Liveness, openChannel } from '../worker-channel.ts';

const tag = 'workers';
const CLOSE_GRACE_MS = 1000;
const WorkerParams = z.object({ id: WorkerId });

export function workerRoutes(app: App, { orchestrator }: Context): void {
  const list = {
    ...operation({
      id: 'listWorkers',
      tag,
      summary: 'List workers',
      answers: { 200: listOfData(Worker) },
    }),
  };
  app.get('/workers', { schema: list }, async (request) => ({
    data: await orchestrator.listWorkers(callerOf(request)),
  }));
  const one = {
    params: WorkerParams,
    ...operation({
      id: 'getWorker',
      tag,
      summary: 'Read a worker',
      answers: { 200: Worker },
      errors: ['worker_not_found'],
    }),
  };
  app.get('/workers/:id', { schema: one }, (request) =>
    orchestrator.getWorker(request.params.id, callerOf(request)),
  );
  const patch = {
    params: WorkerParams,
    body: WorkerPatch,
    ...operation({
      id: 'patchWorker',
      tag,
      summary: 'Drain or resume a worker',
      answers: { 200: Worker },
      errors: [...BODY_ERRORS, 'worker_not_found'],
    }),
  };
  app.patch('/workers/:id', { schema: patch }, (request) =>
    orchestrator.patchWorker(request.params.id, request.body, callerOf(request)),
  );
}

/** Lets routes take WebSockets; before any route that does. */
export function acceptSockets(app: App, { log }: Context): void {
  app.register(websocket, {
    options: { maxPayload: CHANNEL_MAX_FRAME },
    // ws has closed the socket with the code that fits (1009 for a frame too large, …).
    errorHandler: (error) => log.warn({ err: error }, 'a worker socket broke'),
    preClose: () => closeSockets(app.websocketServer.clients),
  });
}

/** Workers take the code for a reason to come back, not to give up. */
async function closeSockets(clients: Iterable<WebSocket>): Promise<void> {
  const sockets = [...clients];
  const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of sockets) socket.close(1001, 'the server stops');
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.terminate();
  }, CLOSE_GRACE_MS);
  await Promise.all(closed);
  clearTimeout(timer);
}

export function workerChannelRoute(app: App, { orchestrator, limits, log }: Context): void {
  const liveness = new Liveness(limits.pingMs);
  app.route({
    method: 'GET',
    url: '/workers/connect',
    exposeHeadRoute: false,
    schema: operation({
      id: 'connectWorker',
      tag,
      summary: 'Open a worker channel (WebSocket)',
      description: 'JSON text frames; the worker speaks first. See WorkerMessage and OrchestratorMessage.',
      answers: { 101: z.undefined().describe('The channel is open') },
    }),
    handler: async () => {
      throw new HiveError('invalid_request', 'This address is a WebSocket.', {
        hint: 'ask for it with Upgrade: websocket',
      });
    },
    wsHandler: (socket) => {
      liveness.watch(socket);
      openChannel(socket, orchestrator, log);
    },
  });
}
