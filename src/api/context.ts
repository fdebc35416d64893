import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Log } from '../orchestrator/deps.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import type { Limits } from './limits.ts';
import type { OpenAnswers } from './open-answers.ts';

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What every route file is given. */
export interface Context {
  readonly orchestrator: Orchestrator;
  readonly version: string;
  readonly limits: Limits;
  readonly log: Log;
  readonly answers: OpenAnswers;
  /** Makes the OpenAPI document; costly, so once and when asked. */
  describe(): Promise<object>;
}
