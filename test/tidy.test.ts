import { join } from 'node:path'
import { expect, test } from 'vitest'
import { failpoints } from '../db/failpoint.ts'
import {
  doorsAreUsed,
  exportsAreUsed,
  filesAreShort,
  filesSayWhatTheyAreFor,
  layersAreKept,
  namesSaySomething,
  nothingGoesInCircles,
  platformsHaveTheirPlace,
  shapesArePlain,
  sqlIsInStores,
} from './tidy/rules.ts'
import type { Rule } from './tidy/rules.ts'
import { parseSource, readSources } from './tidy/source.ts'

const files = readSources(join(import.meta.dirname, '..'))

/** What a rule may be broken for, and why; an entry nobody needs any more is an offence itself. */
const exceptions: Readonly<Record<string, string>> = {
  'bench/find.ts imports vault/':
    'it measures statements over rows that nobody could open, so not what is made of them',
  'db/embedded-home.ts exports shortHash': 'its test looks for the folder it names',
  'db/failpoint.ts exports failpoint': 'the fault tests listen to it',
  'certs-dev/time-stamp.ts exports':
    'a development authority, whose tests make tokens that are wrong',
  'certs-dev/certforge/export.ts exports': 'OpenSSL is asked about what was exported',
  'certs-dev/certforge/forge.ts exports': 'the tests of every parser begin with a good chain',
  'certs-dev/certforge/list-writer.ts exports': 'the tests of lists write every kind of them',
  'certs-dev/certforge/name-writer.ts exports': 'the tests of foreign paths write every name',
  'certs-dev/certforge/ocsp-writer.ts exports': 'the tests of responses write failures too',
  'certs-dev/certforge/revocation-cases.ts exports': 'a licence needs fresh lists',
}

const rules = {
  layersAreKept,
  doorsAreUsed,
  nothingGoesInCircles,
  platformsHaveTheirPlace,
  sqlIsInStores,
  exportsAreUsed,
  namesSaySomething,
  shapesArePlain,
  filesAreShort,
  filesSayWhatTheyAreFor,
} satisfies Record<string, Rule>

test.for(Object.entries(rules))('%s', ([, rule]) => {
  expect(files.length).toBeGreaterThan(100)
  expect(rule(files).filter((offence) => !isExcepted(offence))).toEqual([])
})

test('each failpoint stands in the product exactly once', () => {
  const product = files.filter(({ path }) => !path.startsWith('test/'))
  const named = product.flatMap(({ text }) =>
    [...text.matchAll(/\bfailpoint\(\s*'([^']*)'/g)].map(([, name]) => name),
  )
  expect(named.sort()).toEqual([...failpoints].sort())
})

test('every exception is still needed', () => {
  const offences = Object.values(rules).flatMap((rule) => rule(files))
  const needed = Object.keys(exceptions).filter((one) =>
    offences.some((said) => said.startsWith(one)),
  )
  expect(needed).toEqual(Object.keys(exceptions))
})

function isExcepted(offence: string): boolean {
  return Object.keys(exceptions).some((beginning) => offence.startsWith(beginning))
}

const doc = '/** A sentence. */\n'

interface Planted {
  readonly rule: keyof typeof rules
  readonly what: string
  readonly files: Readonly<Record<string, string>>
  readonly says: readonly string[]
}

const planted: readonly Planted[] = [
  {
    rule: 'layersAreKept',
    what: 'the sdk uses nothing of ours, not even for a type or later',
    files: {
      'sdk/a.ts': `import type { Db } from '../db/postgres.ts'`,
      'sdk/b.ts': `export const later = () => import('../log/index.ts')`,
      'sdk/c.ts': `import { x } from './d.ts'`,
    },
    says: ['sdk/a.ts imports db/postgres.ts', 'sdk/b.ts imports log/index.ts'],
  },
  {
    rule: 'layersAreKept',
    what: 'nothing looks up',
    files: {
      'vault/a.ts': `import { gate } from '../exchange/gate/decide.ts'`,
      'log/a.ts': `import { issue } from '../vault/index.ts'`,
      'db/a.ts': `import { readTrust } from '../sdk/trust.ts'`,
      'catalogs/a.ts': `import { sql } from '../db/postgres.ts'`,
      'certs-dev/a.ts': `import { issue } from '../vault/index.ts'`,
      'exchange/a.ts': `import { say } from '../demo/narrator.ts'`,
      'exchange/main.ts': `import { createDevelopmentPki } from '../certs-dev/create.ts'`,
      'exchange/b.ts': `import { createDevelopmentPki } from '../certs-dev/create.ts'`,
    },
    says: [
      'vault/a.ts imports exchange/gate/decide.ts',
      'log/a.ts imports vault/index.ts',
      'db/a.ts imports sdk/trust.ts',
      'catalogs/a.ts imports db/postgres.ts',
      'certs-dev/a.ts imports vault/index.ts',
      'exchange/a.ts imports demo/narrator.ts',
      'exchange/b.ts imports certs-dev/create.ts',
    ],
  },
  {
    rule: 'doorsAreUsed',
    what: 'others come in by the front door, compositions also by the side',
    files: {
      'vault/a.ts': `import { insertEntries } from '../log/store.ts'`,
      'vault/b.ts': `import { append } from '../log/index.ts'`,
      'exchange/a.ts': `import type { Act } from '../vault/lifecycle.ts'`,
      'exchange/b.ts': `import { migrate } from '../db/migrate.ts'`,
      'exchange/zt.ts': `import { migrate } from '../db/migrate.ts'`,
      'demo/a.ts': `import { createPool } from '../db/pool.ts'`,
      'certs-dev/a.ts': `import { prove } from '../catalogs/prove.ts'`,
    },
    says: [
      'vault/a.ts imports log/store.ts',
      'exchange/a.ts imports vault/lifecycle.ts',
      'exchange/b.ts imports db/migrate.ts',
      'demo/a.ts imports db/pool.ts',
      'certs-dev/a.ts imports catalogs/prove.ts',
    ],
  },
  {
    rule: 'nothingGoesInCircles',
    what: 'values in a circle, of two and of three; types and late loading may go round',
    files: {
      'sdk/a.ts': `import { b } from './b.ts'`,
      'sdk/b.ts': `import { a } from './a.ts'`,
      'log/a.ts': `import { b } from './b.ts'`,
      'log/b.ts': `import { c } from './c.ts'`,
      'log/c.ts': `import { a } from './a.ts'`,
      'db/a.ts': `import { b } from './b.ts'`,
      'db/b.ts': `import type { A } from './a.ts'\nexport const later = () => import('./a.ts')`,
    },
    says: [
      'a circle of imports: sdk/a.ts → sdk/b.ts → sdk/a.ts',
      'a circle of imports: log/a.ts → log/b.ts → log/c.ts → log/a.ts',
    ],
  },
  {
    rule: 'platformsHaveTheirPlace',
    what: 'Node, packages and globals of Node in what has to run in a browser, even as a type',
    files: {
      'sdk/a.ts': `import type { KeyObject } from 'node:crypto'`,
      'sdk/b.ts': `import forge from 'node-forge'\nexport const c = Buffer.from('c')`,
      'sdk/c.ts': `export const jwk = (key: Key) => key.export({ format: 'jwk' })`,
      'sdk/merkle/c.ts': `export const later = () => import('node:fs')`,
      'sdk/d.ts': `/** A buffer, a process. */\nimport { x } from './a.ts'\nnew TextDecoder()`,
      'sdk/primitives.ts': `import { hash } from 'node:crypto'\nBuffer.concat([])`,
      'vault/a.ts': `import { hash } from 'node:crypto'\nBuffer.concat([])`,
    },
    says: [
      'sdk/a.ts uses node:crypto',
      'sdk/b.ts uses node-forge',
      'sdk/b.ts uses Buffer',
      'sdk/c.ts uses export',
      'sdk/merkle/c.ts uses node:fs',
    ],
  },
  {
    rule: 'sqlIsInStores',
    what: 'statements outside stores, tagged or as text',
    files: {
      'log/a.ts': 'export const all = sql`select 1`',
      'vault/a.ts': "const text = 'select id from vault.licence'",
      'vault/b.ts': 'const text = `insert into vault.licence values (${id})`',
      'vault/c.ts': "const words = 'create or update the tables'",
      'vault/store.ts': 'export const all = sql`select 1`',
      'vault/import-store.ts': 'export const all = sql`select 1`',
      'vault/restore.ts': 'export const all = sql`select 1`',
      'db/migrate.ts': 'export const all = sql`select 1`',
    },
    says: ['log/a.ts uses', 'vault/a.ts holds', 'vault/b.ts holds', 'vault/restore.ts uses'],
  },
  {
    rule: 'exportsAreUsed',
    what: 'what only a test uses is dead, also a value that a front door hands on',
    files: {
      'vault/a.ts': `export const used = 1\nexport const dead = 2\nexport function late() {}`,
      'vault/index.ts': `import { used } from './a.ts'\nexport { used }\nexport type { Ghost } from './c.ts'`,
      'vault/b.ts': `export interface Part { a: 1 }\nexport function whole(): Part { throw 1 }\nexport interface Alone { a: 1 }`,
      'vault/c.ts': `import { whole } from './b.ts'\nexport interface Ghost { a: 1 }`,
      'exchange/a.ts': `const { late } = await import('../vault/a.ts')`,
      'test/world.ts': `import { dead } from '../vault/a.ts'`,
      'sdk/a.ts': 'export const everyone = 1',
    },
    says: ['vault/a.ts exports dead', 'vault/index.ts exports used', 'vault/b.ts exports Alone'],
  },
  {
    rule: 'namesSaySomething',
    what: 'names of nothing',
    files: {
      'log/utils.ts': '',
      'log/date-helpers.ts': '',
      'exchange/shared.ts': '',
      'vault/licence-service.ts': '',
      'vault/a.ts': `export interface LicenceManager {}\nexport interface ServiceItem {}`,
      'catalogs/b.ts': `export const shared = 1\nexport function eventHandler() {}`,
    },
    says: [
      'log/utils.ts:',
      'log/date-helpers.ts:',
      'exchange/shared.ts:',
      'vault/licence-service.ts:',
      'vault/a.ts exports LicenceManager',
      'catalogs/b.ts exports eventHandler',
    ],
  },
  {
    rule: 'shapesArePlain',
    what: 'default exports, export *, enums, namespaces and classes',
    files: {
      'sdk/a.ts': 'export default 1',
      'sdk/b.ts': 'export default function f() {}',
      'sdk/c.ts': `export * from './a.ts'`,
      'sdk/d.ts': 'const enum Colour { Red }',
      'sdk/e.ts': 'namespace Inner { export const a = 1 }',
      'sdk/f.ts': 'class Thing {}',
      'sdk/problem.ts': 'export class Problem extends Error {}',
      'test/g.ts': `declare module 'vitest' { interface ProvidedContext { a: 1 } }`,
    },
    says: [
      'sdk/a.ts has a default export',
      'sdk/b.ts has a default export',
      'sdk/c.ts has export *',
      'sdk/d.ts has an enum',
      'sdk/e.ts has a namespace',
      'sdk/f.ts has a class',
    ],
  },
  {
    rule: 'filesAreShort',
    what: 'a file of 301 lines',
    files: { 'sdk/a.ts': '\n'.repeat(300) + 'x', 'sdk/b.ts': '\n'.repeat(299) + 'x\n' },
    says: ['sdk/a.ts has 301 lines'],
  },
  {
    rule: 'filesSayWhatTheyAreFor',
    what: 'a file that begins with code or with a banner',
    files: { 'sdk/a.ts': 'const a = 1', 'sdk/b.ts': '// -----', 'sdk/c.ts': `${doc}const a = 1` },
    says: ['sdk/a.ts does not begin', 'sdk/b.ts does not begin'],
  },
]

test.for(planted)('$rule finds: $what', ({ rule, files: texts, says }) => {
  const parsed = Object.entries(texts).map(([path, text]) => parseSource(path, text))
  const offences = rules[rule](parsed)
  expect(offences.map((offence, i) => offence.slice(0, says[i]?.length ?? 200))).toEqual(says)
})

test('every rule has an offence planted', () => {
  expect(new Set(planted.map(({ rule }) => rule))).toEqual(new Set(Object.keys(rules)))
})
