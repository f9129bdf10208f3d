import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Vite would load graphql's ESM copy while Yoga loads the CommonJS one; two copies break instanceof.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', '.zhengtong/**'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/same-values.ts'],
    // Many programs are started here; what the first has compiled the others need not.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    pool: 'forks',
    // Files share what they import: no test changes it, and loading it is a fifth of the time.
    isolate: false,
    // They wait for PostgreSQL and for child processes as much as they compute; a fourth would only load all again.
    maxWorkers: 3,
    // Of a machine that has much else to do; nothing here takes a tenth of it.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
