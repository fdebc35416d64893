import { createHash } from 'node:crypto';
import { CheckpointManifest, type Resume } from '../../src/protocol/attempt.ts';
import { HiveError } from '../../src/protocol/errors.ts';

export type SavedFiles = Readonly<Record<string, Buffer>>;

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The checkpoints of one attempt as an orchestrator keeps them: staged, then committed by their manifest. */
export class HeldCheckpoints {
  last: SavedFiles = {};
  readonly #from: SavedFiles | undefined;
  readonly #staged = new Map<string, Buffer>();

  constructor(from: SavedFiles | undefined) {
    this.#from = from;
  }

  get pointer(): { resume?: Resume } {
    if (this.#from === undefined) return {};
    const files = Object.entries(this.#from).map(([name, bytes]) => {
      return { name, size: bytes.length, sha256: sha256(bytes) };
    });
    return { resume: { attempt: 1, files } };
  }

  serve([area, first = '', files, ...rest]: readonly string[], body: Buffer): Buffer | string {
    if (area === 'resume') {
      const bytes = this.#from?.[first];
      if (bytes === undefined) throw new HiveError('not_found', first);
      return bytes;
    }
    if (files === 'files') {
      this.#staged.set(`${first}/${rest.join('/')}`, body);
      return JSON.stringify({ size: body.length, sha256: sha256(body) });
    }
    const manifest = CheckpointManifest.parse(JSON.parse(body.toString()));
    this.last = Object.fromEntries(
      manifest.files.map(({ name, size, sha256: hash }) => {
        const bytes = this.#staged.get(`${first}/${name}`);
        if (bytes?.length !== size || sha256(bytes) !== hash) throw new HiveError('artifact_missing', name);
        return [name, bytes];
      }),
    );
    return '';
  }
}
