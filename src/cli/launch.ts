/** The only way from the CLI into the server and the worker: loaded when one is started, never before. */
export const loadHive = async () => (await import('../main.ts')).startHive;
export const loadWorker = async () => (await import('../worker/worker-main.ts')).runWorker;
