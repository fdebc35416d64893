/** One point of priority is worth this much waiting. */
export const AGEING_MS = 600_000;

/** One point of a strict job's priority is worth ten years: whatever waited less comes after it. */
const STRICT_MS = 10 * 365 * 86_400_000;

/**
 * Order of ready jobs, lowest first. It never needs a sweep to age: a job with priority p starts no later than any job
 * of priority q that became eligible (q − p) × 10 minutes after it. A strict job's priority comes before all time.
 */
export function rankOf(eligibleAt: number, priority: number, strict = false): number {
  return eligibleAt - priority * (strict ? STRICT_MS : AGEING_MS);
}
