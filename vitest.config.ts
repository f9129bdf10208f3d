import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', '.zhengtong/**'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/same-values.ts'],
    // Many programs are started here; what the first has compiled the others need not.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    // Node loads what is tested as it does when it serves, and in less time.
    experimental: { viteModuleRunner: false },
    pool: 'forks',
    // What is soon forgotten is collected less often, and for less.
    execArgv: ['--max-semi-space-size=64'],
    // Files share what they import: no test changes it, and loading it is a fifth of the time.
    isolate: false,
    // They wait for PostgreSQL and for child processes as much as they compute; a fourth would only load all again.
    maxWorkers: 3,
    // Of a machine that has much else to do; nothing here takes a tenth of it.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
