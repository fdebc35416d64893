import { z } from 'zod';
import { type AttemptRef, Nonce } from '../protocol/attempt.ts';
import { JobId } from '../protocol/ids.ts';

export const AttemptParams = z.object({ job_id: JobId, epoch: z.coerce.number().int().min(1) });
export const AttemptHeaders = z.looseObject({ 'hive-nonce': Nonce.describe('proves the attempt') });

export const refOf = (
  params: z.infer<typeof AttemptParams>,
  headers: z.infer<typeof AttemptHeaders>,
): AttemptRef => ({
  job_id: params.job_id,
  epoch: params.epoch,
  nonce: headers['hive-nonce'],
});
