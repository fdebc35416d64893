import { PassThrough, type Readable } from 'node:stream';
import { HiveError } from '../protocol/errors.ts';

export interface FormFile {
  readonly body: Readable;
  readonly name: string | undefined;
  readonly content_type: string;
  /** Not known before the form ends. */
  readonly size: undefined;
}

const LIMITS = { fields: 32, fieldSize: 65_536, files: 2, parts: 40 };
const refusal = (detail: string, cause?: unknown) => new HiveError('invalid_request', detail, { cause });

/** The one file of a `multipart/form-data` body. Its stream ends well only when the whole form did. */
export async function readForm(form: Readable, contentType: string): Promise<FormFile> {
  // Forms are rare: a server that sees none never loads the parser.
  // By way of its default: the named export is not there once the package is bundled.
  const { Busboy } = (await import('@fastify/busboy')).default;
  return new Promise((resolve, reject) => {
    const body = new PassThrough();
    let parser: InstanceType<typeof Busboy>;
    try {
      parser = new Busboy({ headers: { 'content-type': contentType }, limits: LIMITS });
    } catch (error) {
      form.destroy();
      throw refusal('The form is not valid multipart/form-data.', error);
    }
    let files = 0;
    const fail = (error: Error) => {
      reject(error);
      body.destroy(error);
    };
    parser.on('file', (_field, file, name, _encoding, content_type) => {
      files += 1;
      if (files > 1) {
        file.resume();
        fail(refusal('The form holds more than one file.'));
        return;
      }
      file.once('error', fail).pipe(body, { end: false });
      resolve({ body, name: name?.slice(0, 255), content_type, size: undefined });
    });
    parser.once('finish', () => {
      if (files === 0) fail(refusal('The form holds no file.'));
      else body.end();
    });
    parser.once('error', (error) => fail(refusal('The form is broken or incomplete.', error)));
    form.once('error', fail).pipe(parser);
    body.once('close', () => {
      if (body.readableEnded) return;
      form.unpipe(parser);
      form.destroy();
    });
    // A refused form has nobody who reads its file.
    body.on('error', () => {});
  });
}
