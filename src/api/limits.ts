export interface Limits {
  /** bytes of one JSON body */
  readonly jsonBytes: number;
  /** bytes of the body of a batch submit */
  readonly batchBytes: number;
  readonly batchItems: number;
  /** bytes of one upload */
  readonly uploadBytes: number;
  /** bytes of one artifact */
  readonly artifactBytes: number;
  /** bytes of one chunk of a log */
  readonly logChunkBytes: number;
  /** longest wait of `Prefer: wait` and `?wait` */
  readonly waitSeconds: number;
  /** how long a stream waits for a reader that takes nothing before it is cut */
  readonly stalledReaderMs: number;
  readonly heartbeatMs: number;
  /** how often a worker's socket is pinged; one that did not answer the last ping is cut */
  readonly pingMs: number;
  /** how long running answers get to end when the server stops */
  readonly closeGraceMs: number;
}

const MIB = 2 ** 20;

export const DEFAULT_LIMITS: Limits = {
  jsonBytes: MIB,
  batchBytes: 16 * MIB,
  batchItems: 1000,
  uploadBytes: 2 * 1024 * MIB,
  artifactBytes: 64 * 1024 * MIB,
  logChunkBytes: 4 * MIB,
  waitSeconds: 60,
  stalledReaderMs: 10_000,
  heartbeatMs: 15_000,
  pingMs: 20_000,
  closeGraceMs: 5000,
};
