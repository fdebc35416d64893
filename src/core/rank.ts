/** One point of priority is worth this much waiting. */
export const AGEING_MS = 600_000;

/**
 * Order of ready jobs, lowest first. It never needs a sweep to age: a job with priority p starts no later than any job
 * of priority q that became eligible (q − p) × 10 minutes after it.
 */
export function rankOf(eligibleAt: number, priority: number): number {
  return eligibleAt - priority * AGEING_MS;
}
