/** The states of a job; by themselves, so that who needs no schema loads none. */
export const JOB_STATES = [
  'blocked',
  'queued',
  'starting',
  'running',
  'succeeded',
  'failed',
  'canceled',
  'expired',
  'quarantined',
] as const;
type JobState = (typeof JOB_STATES)[number];

export const TERMINAL_STATES = ['succeeded', 'failed', 'canceled', 'expired', 'quarantined'] as const;
export type TerminalState = (typeof TERMINAL_STATES)[number];
export const isTerminal = (state: JobState): state is TerminalState =>
  (TERMINAL_STATES as readonly JobState[]).includes(state);
