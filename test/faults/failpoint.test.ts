import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

test('a process that listens is killed at the pass that was named, and no other is touched', () => {
  const script = (listens: boolean): string => `
    const { awaitBlow } = await import('./test/faults/blow.ts')
    const { failpoint } = await import('./db/failpoint.ts')
    if (${listens}) awaitBlow(process.env.FAULT)
    failpoint('before-sign'); failpoint('before-audit'); console.log('once')
    failpoint('before-sign'); console.log('twice')`
  const run = (fault: string, { listens = true, environment = 'test' } = {}) => {
    const { stdout, signal, status } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', script(listens)],
      { cwd: root, encoding: 'utf8', env: { FAULT: fault, NODE_ENV: environment } },
    )
    return { said: stdout.trim().split('\n').at(-1), signal, status }
  }
  expect(run('before-sign@2')).toEqual({ said: 'once', signal: 'SIGKILL', status: null })
  expect(run('before-sign@3')).toMatchObject({ said: 'twice', status: 0 })
  expect(run('before-sign@1', { listens: false })).toMatchObject({ said: 'twice', status: 0 })
  expect(run('before-sign@2', { environment: 'production' })).toMatchObject({ said: '', status: 1 })
  expect(run('before-sign')).toMatchObject({ said: '', status: 1 })
})
