import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Vite would load graphql's ESM copy while Yoga loads the CommonJS one; two copies break instanceof.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', '.zhengtong/**'],
    globalSetup: ['test/global-setup.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
