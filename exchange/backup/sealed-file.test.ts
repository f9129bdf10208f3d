import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSealed, writeSealed } from './sealed-file.ts'
import type { SealedFile } from './sealed-file.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zhengtong-sealed-'))
})

afterAll(() => rm(folder, { recursive: true }))

const chunks = [Buffer.from('a\nb'), Buffer.alloc(0), Buffer.from('\n'), Buffer.alloc(200_000, 'c')]

async function* plain(): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}

async function read(sealed: SealedFile): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const bytes of readSealed(sealed)) parts.push(bytes)
  return Buffer.concat(parts)
}

test('what was written is read, in the place it was written for', async () => {
  const sealed = { path: join(folder, 'one'), key: randomBytes(32), place: 'here' }
  expect((await writeSealed(sealed, plain())).rows).toBe(2)
  expect(await read(sealed)).toEqual(Buffer.concat(chunks))
  await expect(read({ ...sealed, place: 'there' })).rejects.toThrow('backup-damaged')
})

test.for<[what: string, name: string, rule: string]>([
  ['a folder that is gone', 'gone/one', 'ENOENT'],
  ['a file that is there', 'there', 'EEXIST'],
])('%s is said to be the target’s fault', async ([, name, rule]) => {
  const sealed = { path: join(folder, name), key: randomBytes(32), place: 'here' }
  if (rule === 'EEXIST') await writeSealed(sealed, plain())
  await expect(writeSealed(sealed, plain())).rejects.toMatchObject({
    code: 'backup-target',
    detail: { file: sealed.path, rule },
  })
})
