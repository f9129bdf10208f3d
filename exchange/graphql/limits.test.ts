import { buildSchema, parse } from 'graphql'
import { expect, test } from 'vitest'
import { Problem } from '../../sdk/problem.ts'
import { checkLimits, queryLimits } from './limits.ts'

/** Deeper than our own schema, where nothing can be nested as deep as the limit. */
const schema = buildSchema('type Query { self: Query! many: [Query!]! name: String }')

function whatIsExceeded(query: string): unknown {
  try {
    checkLimits(parse(query), schema)
    return 'nothing'
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    const { what, limit, found } = thrown.detail
    return { code: thrown.code, what, limit, found }
  }
}

const times = (n: number, make: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => make(i)).join(' ')

const nested = (depth: number, field = 'self'): string =>
  `${`{ ${field} `.repeat(depth - 1)}{ name }${' }'.repeat(depth - 1)}`

const tables: readonly [
  what: keyof typeof queryLimits,
  how: string,
  query: (n: number) => string,
][] = [
  ['depth', 'fields in fields', (n) => nested(n)],
  [
    ...(['depth', 'fragments do not hide it'] as const),
    (n) => `{ self { ...F } } fragment F on Query ${nested(n - 1)}`,
  ],
  ['aliases', 'at the root', (n) => `{ self { ${times(n, (i) => `a${i}: name`)} } }`],
  [
    ...(['aliases', 'counted as often as a fragment is spread'] as const),
    (n) => `{ self { ${times(n, () => '...F')} } } fragment F on Query { a: name }`,
  ],
  ['directives', 'on fields', (n) => `{ self { ${times(n, () => 'name @skip(if: true)')} } }`],
  [
    'directives',
    'several on one field',
    (n) => `{ self { name ${times(n, () => '@skip(if: true)')} } }`,
  ],
  [
    'directives',
    'on a spread',
    (n) => `{ ...F ${times(n, () => '@skip(if: true)')} } fragment F on Query { name }`,
  ],
  ['rootFields', 'of one key', (n) => `{ ${times(n, () => 'name')} }`],
  ['rootFields', 'in inline fragments', (n) => `{ ${times(n, () => '... { name }')} }`],
  [
    'rootFields',
    'in fragments',
    (n) => `{ ${times(n, () => '...F')} } fragment F on Query { name }`,
  ],
  [
    ...(['fragments', 'even unused'] as const),
    (n) => `{ name } ${times(n, (i) => `fragment F${i} on Query { name }`)}`,
  ],
  // self and many cost one each, what is below the list ten each.
  [
    'cost',
    'lists multiply',
    (n) =>
      `{ self { ${times(n - 2 - 4_990, () => 'name')} many { ${times(499, () => 'name')} } } }`,
  ],
]

test.for(tables)('%s, %s: at the limit and one beyond', ([what, , query]) => {
  const limit = queryLimits[what]
  expect(whatIsExceeded(query(limit))).toBe('nothing')
  expect(whatIsExceeded(query(limit + 1))).toMatchObject({ code: 'query-too-complex', what, limit })
})

test('lists in lists multiply: 100 million rows are refused before anything is fetched', () => {
  expect(whatIsExceeded(nested(7, 'many'))).toMatchObject({ what: 'cost' })
})

test('a document that doubles at every level costs no more than the limit', () => {
  const levels = queryLimits.fragments
  const fragments = times(levels, (i) =>
    i === levels - 1
      ? `fragment F${i} on Query { name }`
      : `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`,
  )
  const began = performance.now()
  expect(whatIsExceeded(`{ self { ...F0 } } ${fragments}`)).toMatchObject({ what: 'cost' })
  expect(performance.now() - began).toBeLessThan(500)
})

test('every operation of a document is counted, whichever is run', () => {
  const query = `query Small { name } query Big ${nested(queryLimits.depth + 1)}`
  expect(whatIsExceeded(query)).toMatchObject({ what: 'depth' })
})
