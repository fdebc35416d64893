import type { FastifyRequest } from 'fastify';
import type { Caller } from '../orchestrator/orchestrator.ts';

const LOCAL: Caller = { tenant: 'default', principal: 'local' };

/** Who asks. On loopback that is the person at the machine; tokens will be read here. */
export const callerOf = (_request: FastifyRequest): Caller => LOCAL;
