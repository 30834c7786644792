import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // The suites start real servers and processes; two cores carry two of them at a time.
    maxWorkers: 2,
  },
});
