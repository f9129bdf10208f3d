import { expect, test } from 'vitest'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Root } from './root.ts'
import { createGraphQL } from './yoga.ts'

const catalogue = loadCatalogue()
const clock = (): Date => new Date('2026-06-01T00:00:00Z')
const mistake = new TypeError('of 林晓岚')

const broken = (): never => {
  throw mistake
}
const caller = {
  ...{ department: 'meilanMarket', officer: 'o', purpose: undefined, jti: 'j', token: 't' },
  ...{ rid: 'r', attempt: 1, asked: new Uint8Array(32) },
}

/** What the caller and what the operator hear when `grants` is answered like this. */
async function heard(root: Root, records = (): void => undefined): Promise<unknown[]> {
  const defects: unknown[] = []
  const graphql = createGraphQL({
    ...{ roots: new Map([['grants', root]]), catalogue, clock, catalogueVersion: '1' },
    receipt: () => 'receipt',
    recorder: {
      record: () => {
        records()
        return Promise.resolve({ leaf: new Uint8Array(32), shard: 0 })
      },
      checkUnused: () => Promise.resolve(),
    },
    asking: () => {
      const known = { catalogue, at: clock(), case: undefined, item: undefined }
      return Promise.resolve({ caller, at: clock(), known, case: undefined })
    },
  })
  const body = Buffer.from('{"query":"{ grants { code } }"}')
  const defect = (thrown: unknown): void => void defects.push(thrown)
  const reply = await (await graphql({ body, accept: undefined, defect }, caller)).text()
  expect(reply).not.toContain('林晓岚')
  return [/"code":"([a-z-]+)"/.exec(reply)?.[1], ...defects]
}

const answering =
  (value: unknown): Root =>
  () =>
    Promise.resolve({ run: () => Promise.resolve({ value, items: [] }) })

test.for<[where: string, root: Root]>([
  ['what plans', broken],
  ['what runs', () => Promise.resolve({ run: broken })],
  ['a resolver', answering([Object.defineProperty({}, 'code', { get: broken })])],
])(
  'a mistake in %s is “internal” to the caller, and the operator hears of it once',
  async ([, root]) => {
    expect(await heard(root)).toEqual(['internal', mistake])
  },
)

test('a value that the schema has no room for is a mistake too', async () => {
  const [code, ...defects] = await heard(answering([{}]))
  expect([code, defects]).toEqual(['internal', [expect.any(Error)]])
})

test('a mistake where the entry is written is heard of', async () => {
  let records = 0
  const once = (): void => {
    records += 1
    if (records === 1) broken()
  }
  expect(await heard(answering([{ code: 'c' }]), once)).toEqual(['internal', mistake])
})

test('what was foreseen is no mistake', async () => {
  const refused: Root = () => Promise.reject(new Problem('unknown-case'))
  expect(await heard(refused)).toEqual(['unknown-case'])
  const away: Root = () => {
    const error = new Problem('source-unavailable', {}, { cause: new Error('ECONNREFUSED') })
    return Promise.resolve({ run: () => Promise.resolve({ error, items: [] }) })
  }
  expect(await heard(away)).toEqual(['source-unavailable'])
})
