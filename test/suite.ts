/** Whether a suite's needs are here, as scripts/test.mjs found; run alone, a test file assumes them. */
export function have(suite: string): boolean {
  const found = process.env.HIVE_TEST_HAVE;
  return found === undefined || found.split(',').includes(suite);
}
