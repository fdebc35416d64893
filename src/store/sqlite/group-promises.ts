interface Promised {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** Promises that groups reach the file, made where somebody waits for one. */
export class GroupPromises {
  readonly #waiting = new Map<number, Promised>();

  promiseOf(group: number): Promise<void> {
    const known = this.#waiting.get(group);
    if (known !== undefined) return known.promise;
    let resolve = (): void => {};
    let reject = (_: unknown): void => {};
    const promise = new Promise<void>((done, failed) => {
      resolve = done;
      reject = failed;
    });
    // Who waits hears of it; who does not is not to end the process by it.
    promise.catch(() => {});
    this.#waiting.set(group, { promise, resolve, reject });
    return promise;
  }

  /** Groups reach the file in their order. */
  reached(group: number): void {
    for (const [number, { resolve }] of this.#waiting) {
      if (number > group) continue;
      this.#waiting.delete(number);
      resolve();
    }
  }

  failed(error: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
