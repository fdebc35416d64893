import { defineConfig } from 'vitest/config';

/** `unit` needs nothing but the sources; `e2e` drives the built product in real processes. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'chaos/**/*.test.ts',
            'test/architecture.test.ts',
            'test/package.test.ts',
          ],
          testTimeout: 20_000,
          setupFiles: ['test/seed.setup.ts'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
