/** What departments do to licences, through the command line: every act, and their own seals. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCommandLine, draft } from '../../test/command-line.ts'
import type { CommandLine } from '../../test/command-line.ts'
import { sealAtHome } from '../../test/own-seal.ts'
import type { Place } from '../../vault/index.ts'

let line: CommandLine

beforeAll(async () => {
  line = await createCommandLine('acts.test')
})

afterAll(() => line.close())

const by = ['--department', 'haikouMarket', '--officer', '0731']

async function act(name: string, id: string, reason: string, more: readonly string[] = []) {
  const { status, value } = await line.json([
    'licence',
    name,
    id,
    '--reason',
    reason,
    ...by,
    ...more,
  ])
  expect(status).toBe(0)
  return value['state']
}

/** By the vault: the state, the verdict of its own list, and the acts so far. */
async function standing(id: string) {
  const { value } = await line.json(['licence', 'show', id])
  const { status } = await line.zt(['licence', 'verify', id])
  const history = value['history'] as { act: string }[]
  return { state: value['state'], verified: status, acts: history.map((one) => one.act) }
}

test('a licence is suspended, restored, transferred, superseded and archived', async () => {
  const id = await line.issue(11)
  expect(await act('suspend', id, 'under-investigation', ['--case', 'HK-7'])).toBe('suspended')
  expect(await standing(id)).toEqual({
    state: 'suspended',
    verified: 1,
    acts: ['issue', 'suspend'],
  })
  expect(await act('restore', id, 'investigation-closed')).toBe('valid')
  expect(await act('transfer', id, 'holder-moved', ['--receiver', 'meilanMarket'])).toBe(
    'transferred',
  )
  const taken = await line.write('taken.json', { ...draft(11), issuer: 'meilanMarket' })
  const supersede = ['licence', 'supersede', id, taken, '--reason', 'reissued', '--officer', '017']
  const { value } = await line.json(supersede)
  expect(value).toMatchObject({ supersedes: id, act: 'supersede' })
  expect(await act('archive', id, 'retention-ended')).toBe('archived')
  const acts = ['issue', 'suspend', 'restore', 'transfer', 'supersede', 'archive']
  expect(await standing(id)).toEqual({ state: 'archived', verified: 1, acts })
  expect(await standing(String(value['licenceId']))).toMatchObject({ state: 'valid', verified: 0 })
})

test('a licence is changed, and its new version cancelled later on', async () => {
  const id = await line.issue(12)
  const { items, ...rest } = draft(12)
  const file = await line.write('changed.json', { ...rest, items: { ...items, scope: '餐饮服务' } })
  const change = ['licence', 'change', id, file, '--reason', 'data-changed', '--officer', '0731']
  const once = await line.json([...change, '--key', 'change-12'])
  expect(await line.json([...change, '--key', 'change-12'])).toEqual(once)
  const next = String(once.value['licenceId'])
  const later = new Date()
  later.setUTCDate(later.getUTCDate() + 7)
  const effective = ['--effective', later.toISOString()]
  expect(await act('cancel', next, 'on-application', effective)).toBe('cancelled')
  expect(await standing(next)).toMatchObject({
    state: 'valid',
    verified: 0,
    acts: ['issue', 'cancel'],
  })
})

test.each([
  ['an act without a reason', ['suspend', 'ID', ...by], 2],
  ['a reason of another act', ['suspend', 'ID', '--reason', 'lost', ...by], 2],
  ['an act that is none', ['lose', 'ID', '--reason', 'lost', ...by], 2],
  ['a transfer to nobody', ['transfer', 'ID', '--reason', 'holder-moved', ...by], 2],
  ['nothing to restore', ['restore', 'ID', '--reason', 'penalty-served', ...by], 1],
  [
    'by another department',
    ['revoke', 'ID', '--reason', 'lost', '--department', 'meilanMarket', '--officer', '1'],
    2,
  ],
  [
    'a draft that is no file',
    ['renew', 'ID', '/nowhere', '--reason', 'term-ending', '--officer', '1'],
    2,
  ],
])('%s is refused', async (_, args, expected) => {
  const id = await line.issue(13)
  const { status, stdout } = await line.zt([
    'licence',
    ...args.map((one) => (one === 'ID' ? id : one)),
  ])
  expect({ status, stdout }).toEqual({ status: expected, stdout: '' })
  expect(await standing(id)).toEqual({ state: 'valid', verified: 0, acts: ['issue'] })
})

test('a department hands in what it has sealed itself, once', async () => {
  const department = ['--department', 'haikouMarket']
  const reserved = await line.json(['licence', 'places', ...department, '--count', '2'])
  const [place] = reserved.value['places'] as Place[]
  if (!place) throw new Error('no place was reserved')
  const { division, licenceNo, holders, ...rest } = draft(14)
  const sealing = { place, keysFolder: line.keys, at: new Date() }
  const document = await sealAtHome({ division, licenceNo, holders, ...rest }, sealing)
  const sealed = await line.write('sealed.json', { document, division, licenceNo, holders })
  const accept = ['licence', 'accept', sealed, ...department]
  const { status, value } = await line.json(accept)
  expect({ status, fresh: value['fresh'] }).toEqual({ status: 0, fresh: true })
  expect((await line.json(accept)).value).toEqual({ ...value, fresh: false })
  expect(await standing(String(value['licenceId']))).toMatchObject({ verified: 0 })
  const misspelt = await line.write('misspelt.json', { document, division, licenceNo, holder: [] })
  expect((await line.zt(['licence', 'accept', misspelt, ...department])).status).toBe(2)
})

test('a list that was written down says later what it said then', async () => {
  const id = await line.issue(15)
  const before = await line.json(['licence', 'status', id])
  const { idx, token } = before.value
  expect(idx).toBeTypeOf('number')
  expect(await act('revoke', id, 'obtained-by-fraud')).toBe('revoked')
  const after = await line.json(['licence', 'status', id])
  expect(after.value).toMatchObject({ idx })
  expect(after.value['token']).not.toBe(token)
  const plain = await line.zt(['licence', 'status', id])
  expect(plain.stdout.trim().split('.')).toHaveLength(3)
})

test('many are verified line by line, in order', async () => {
  const ids = [await line.issue(16), await line.issue(17)]
  const file = join(line.folder, 'ids.ndjson')
  const asked = [
    { licenceId: ids[0] },
    { licenceId: `${String(ids[1])}0` },
    { licenceId: ids[1], at: '2020-01-01T00:00:00Z' },
    { licenceId: ids[1], document: 'x' },
    { licenceId: ids[1], when: 'x' },
  ]
  await writeFile(file, `${asked.map((one) => JSON.stringify(one)).join('\n')}\nno json`)
  const { status, stdout } = await line.zt(['licence', 'verify-batch', file])
  const answers = stdout
    .trimEnd()
    .split('\n')
    .map((one) => JSON.parse(one) as Answer)
  expect(answers.map(({ verdict, problem }) => verdict ?? problem?.code)).toEqual([
    ...[
      'valid',
      'unknown-licence',
      'invalid',
      'invalid-request',
      'invalid-request',
      'invalid-json',
    ],
  ])
  expect(status).toBe(1)
  await writeFile(file, `${JSON.stringify(asked[0])}\n`)
  expect((await line.zt(['licence', 'verify-batch', file])).status).toBe(0)
  expect((await line.zt(['licence', 'verify-batch', '/nowhere'])).status).toBe(2)
})

interface Answer {
  readonly verdict?: string
  readonly problem?: { readonly code: string }
}
