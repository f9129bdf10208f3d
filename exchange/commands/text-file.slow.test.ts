import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { Problem } from '../../sdk/problem.ts'
import { readBytes, textFileLimits } from './text-file.ts'

const stdin = Readable.from([])

test.for([
  ['bytes', textFileLimits.bytes],
  ['trustBytes', textFileLimits.trustBytes],
] as const)('%s: a file of %i bytes is read, and one of more is not', async ([, limit]) => {
  const folder = await mkdtemp(join(tmpdir(), 'text-file-'))
  const path = join(folder, 'file')
  try {
    await writeFile(path, '')
    for (const size of [limit - 1, limit]) {
      await truncate(path, size)
      expect((await readBytes({ stdin }, path, limit)).length).toBe(size)
    }
    await truncate(path, limit + 1)
    const large = new Problem('unusable-file', { path, rule: 'too-large', limit })
    await expect(readBytes({ stdin }, path, limit)).rejects.toEqual(large)
  } finally {
    await rm(folder, { recursive: true })
  }
})
