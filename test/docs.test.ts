/** What the documentation says of the product, held against the product, so that it cannot go stale. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parse, printSchema, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import { loadCatalogue } from '../catalogs/catalog.ts'
import { readConfig } from '../exchange/config.ts'
import type { Config } from '../exchange/config.ts'
import { askChecks, fieldChecks } from '../exchange/gate/checks.ts'
import { createSchema } from '../exchange/graphql/schema.ts'
import { statusOf } from '../exchange/http/status.ts'
import { entryKinds } from '../log/index.ts'
import { problems } from '../sdk/problem.ts'
import type { ProblemCode } from '../sdk/problem.ts'
import { checkTitles } from '../sdk/licence/verdict.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const decisions = readdirSync(join(root, 'docs/decisions')).sort()
const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...decisions.map((name) => `docs/decisions/${name}`),
  ...readdirSync(join(root, 'docs/runbooks')).map((name) => `docs/runbooks/${name}`),
]
const manifest = JSON.parse(read('package.json')) as Readonly<
  Record<string, Readonly<Record<string, string>>>
>

/** The body rows of the table whose header begins with this cell. */
function rowsOf(text: string, firstHeader: string): string[][] {
  const lines = text.split('\n')
  const cells = (line: string): string[] =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim())
  const head = lines.findIndex((line) => line.startsWith('|') && cells(line)[0] === firstHeader)
  expect(head, `a table that begins with ${firstHeader}`).toBeGreaterThanOrEqual(0)
  const body = lines.slice(head + 2)
  return body
    .slice(
      0,
      body.findIndex((line) => !line.startsWith('|')),
    )
    .map(cells)
}

const bare = (code = ''): string => code.replaceAll('`', '')
const matches = (text: string, form: RegExp): string[] =>
  [...text.matchAll(form)].map(([, group = '']) => group)
const withoutBlocks = (text: string): string => text.replaceAll(/^```[^]*?^```$/gm, '')
const blocks = (path: string, language: string): string[] =>
  matches(read(path), new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))

test('the page of problems has every code with its words and its status', () => {
  const codes = Object.keys(problems).sort() as ProblemCode[]
  const table = codes.map((code) => {
    const { zh, en, remedy } = problems[code]
    return [`\`${code}\``, String(statusOf(code)), zh, en, remedy]
  })
  expect(rowsOf(read('docs/problems.md'), 'code')).toEqual(table)
})

test('the page of limits has the values of the code', () => {
  const rows = rowsOf(read('docs/limits.md'), 'what')
  const stated = rows.map(([, limit, constant, file]) => [bare(constant), bare(file), limit])
  const actual = stated.map(([constant = '', file = '']) => [
    constant,
    file,
    limitIn(file, constant),
  ])
  expect(stated).toEqual(actual)
})

/** What docs/limits.md promises of each number: nobody has to believe that it was tried. */
test('the page of limits names a test for each, and the test names the limit', () => {
  const rows = rowsOf(read('docs/limits.md'), 'what')
  const silent = rows.flatMap(([, , constant = '', , , tried = '']) => {
    if (tried === '–') return []
    const text = read(bare(tried))
    const names = bare(constant).split('.')
    return names.every((name) => new RegExp(`\\b${name}\\b`).test(text)) ? [] : [constant]
  })
  expect(silent).toEqual([])
})

/** Those that the whole system began with; none of them may lose its test. */
const firstLimits = [
  ...['httpLimits.headerBytes', 'httpLimits.urlLength', 'httpLimits.body', 'httpLimits.verifyBody'],
  ...['httpLimits.requestMs', 'importLimits.bytes', 'importLimits.rows', 'recordLimits.characters'],
  ...['columnsMax', 'jsonLimits.depth', 'jsonLimits.membersPerObject', 'jsonLimits.stringLength'],
  ...['queryLimits.tokens', 'queryLimits.depth', 'queryLimits.aliases', 'queryLimits.directives'],
  ...['queryLimits.rootFields', 'queryLimits.fragments', 'queryLimits.cost', 'answerLimits.rows'],
  ...['answerLimits.bytes', 'paces.request.statementMs', 'paces.request.lockMs'],
  ...['paces.request.idleInTransactionMs', 'jwsLimits.tokenLength', 'jwsLimits.headerBytes'],
  ...['pathLimits.certificates', 'certificateLimits.bytes', 'budgetLimits.signatures'],
  ...['pathLimits.crls', 'derLimits.depth', 'derLimits.nodes'],
  ...['turnLimits.atOnce', 'turnLimits.waiting'],
]

test.for(firstLimits)('%s is on the page of limits, with a test', (constant) => {
  const row = rowsOf(read('docs/limits.md'), 'what').find(([, , name]) => bare(name) === constant)
  expect(row?.[5]).toMatch(/^`.+\.test\.ts`$/)
})

/** Objects of limits are listed whole: a new member comes with its row. */
test.for([
  'httpLimits',
  'turnLimits',
  'queryLimits',
  'answerLimits',
  'fileLimits',
  'jsonLimits',
  'importLimits',
  'recordLimits',
])('the page of limits has every member of %s', (name) => {
  const rows = rowsOf(read('docs/limits.md'), 'what')
  const listed = rows.filter(([, , constant]) => bare(constant).startsWith(`${name}.`))
  const [, body = ''] =
    new RegExp(`const ${name} = \\{([^}]*)\\}`).exec(read(bare(listed[0]?.[3]))) ?? []
  const members = matches(body, /\b(\w+): [\d_]+/g).map((member) => `${name}.${member}`)
  expect(listed.map(([, , constant]) => bare(constant)).sort()).toEqual(members.sort())
})

/** The number that a constant, or a member of one, has in the text of a file; `1,000` as on the page. */
function limitIn(file: string, constant: string): string {
  const text = read(file)
  let at = 0
  for (const part of constant.split('.')) {
    const found = new RegExp(`\\b${part}\\b\\s*[:=]`).exec(text.slice(at))
    if (!found) return `no ${part} in ${file}`
    at += found.index + found[0].length
  }
  const [, digits = ''] = /^\s*([\d_]+)/.exec(text.slice(at)) ?? []
  return digits.replaceAll('_', ',')
}

test('the checks of the gate stand on their page in the order they run', () => {
  const rows = rowsOf(read('docs/life-of-a-request.md'), 'rule')
  const names = [...askChecks, ...fieldChecks].map(({ name }) => name)
  expect(rows.map(([rule]) => bare(rule))).toEqual(names)
  const unknown = rows
    .map(([, code]) => bare(code))
    .filter((code) => !Object.hasOwn(problems, code))
  expect(unknown).toEqual([])
})

test('the checks of a verdict are those of the SDK', () => {
  const rows = rowsOf(read('docs/life-of-a-licence.md'), 'check')
  expect(rows.map(([check]) => bare(check)).sort()).toEqual(Object.keys(checkTitles).sort())
})

test('the kinds of entries in the contracts exist', () => {
  const sentence = /Kinds written today: (.*?)\./.exec(read('docs/contracts.md'))?.[1] ?? ''
  const kinds = matches(sentence, /`([a-z-]+)`/g)
  expect(kinds.length).toBeGreaterThan(0)
  expect(kinds.filter((kind) => !Object.hasOwn(entryKinds, kind))).toEqual([])
})

describe('GraphQL', () => {
  const schema = createSchema(loadCatalogue(), { shows: () => true })

  test.each(blocks('docs/life-of-a-request.md', 'graphql'))('can be pasted: %#', (query) => {
    expect(validate(schema, parse(query))).toEqual([])
  })

  test('has the fixed fields of the contracts', () => {
    const [sdl = ''] = blocks('docs/contracts.md', 'graphql')
    const fields = sdl.split('\n').filter((line) => line.startsWith('  '))
    const printed = printSchema(schema)
    expect(fields.length).toBeGreaterThan(0)
    expect(fields.filter((field) => !printed.includes(field))).toEqual([])
  })
})

/** Made by running the product, so not there in a fresh checkout. */
const made = /^(certs-dev\/out|\.zhengtong)/

describe.each(documents)('%s', (path) => {
  const text = read(path)

  test('names files that exist', () => {
    const folders = readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
    const named = matches(withoutBlocks(text), /`([\w.-]+\/[\w./-]*)`/g).filter(
      (name) => folders.includes(name.split('/')[0] ?? '') && !made.test(name),
    )
    expect(named.filter((name) => !existsSync(join(root, name)))).toEqual([])
  })

  test('links to what is there', () => {
    const broken = matches(withoutBlocks(text), /\]\(([^)\s]+)\)/g).filter((link) => {
      if (/^[a-z]+:/.test(link)) return false
      const [file = '', heading] = link.split('#')
      const target = file === '' ? path : relative(root, join(root, dirname(path), file))
      if (!existsSync(join(root, target))) return true
      return heading !== undefined && !headingsOf(read(target)).includes(heading)
    })
    expect(broken).toEqual([])
  })

  test('names npm scripts that exist', () => {
    const scripts = matches(text, /npm run (?:-s )?([a-z][\w:-]*)/g)
    expect(scripts.filter((name) => !Object.hasOwn(manifest['scripts'] ?? {}, name))).toEqual([])
  })
})

/** Headings as links name them: lower case, words joined by dashes. */
function headingsOf(text: string): string[] {
  return matches(text, /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe('decisions', () => {
  test('are numbered without a gap', () => {
    const numbers = decisions.map((name) => Number(/^(\d{4})-[a-z0-9-]+\.md$/.exec(name)?.[1]))
    expect(numbers).toEqual(decisions.map((_, i) => i + 1))
  })

  test.each(decisions)('%s has a title, a status and the three parts', (name) => {
    const form =
      /^# (\d{4}) .+\n\nStatus: (proposed|accepted|superseded by \d{4})\n\n\*\*Context\.\*\* [^]+\n\n\*\*Decision\.\*\* [^]+\n\n\*\*Consequences\.\*\* /
    expect(form.exec(read(`docs/decisions/${name}`))?.[1]).toBe(name.slice(0, 4))
  })

  test('have a word for every dependency', () => {
    const page = read('docs/decisions/0011-dependencies.md')
    const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.keys(manifest[kind] ?? {}),
    )
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })
})

test('the README lists every setting with its default', () => {
  const rows = rowsOf(read('README.md'), 'setting')
  const listed = rows.flatMap(([names = '', defaults = '']) => {
    const values = defaults.split(', ')
    return names.split(', ').map((name, i): [string, string] => [bare(name), values[i] ?? ''])
  })
  expect(Object.fromEntries(listed)).toEqual(defaultsOfSettings())
})

/** None of the server's settings has a default but the deadline, which needs the others to be seen. */
function defaultsOfSigning({ signing }: Config): Record<string, string> {
  const whole = readConfig({
    ...{ SIGNING_SERVER_URL: 'https://a', SIGNING_SERVER_KEY: 'c' },
    SIGNING_SERVER_CERTIFICATE: 'b',
  })
  const deadlineMs = whole.signing?.kind === 'server' ? whole.signing.deadlineMs : NaN
  const absent = signing ? 'changed' : '–'
  return {
    ...{ SIGNING_SERVER_URL: absent, SIGNING_SERVER_CA: absent, SIGNING_SERVER_KEY: absent },
    SIGNING_SERVER_CERTIFICATE: absent,
    SIGNING_SERVER_DEADLINE: String(deadlineMs / 1_000),
  }
}

/** Asks the configuration itself: an environment that answers nothing hears what is looked for. */
function defaultsOfSettings(): Record<string, string> {
  const asked: string[] = []
  const config = readConfig(
    new Proxy<NodeJS.ProcessEnv>(
      {},
      {
        get: (_target, name) => {
          asked.push(String(name))
          return undefined
        },
      },
    ),
  )
  const { sources } = readConfig({
    ...{ SOURCE_POLICE_URL: 'https://police.example', SOURCE_POLICE_TOKEN: 'x'.repeat(16) },
    SOURCE_CIVIL_URL: 'postgres://localhost/civil',
  })
  expect([...sources].map(([name, { kind }]) => `${name} ${kind}`)).toEqual([
    ...['police http', 'civil postgres'],
  ])
  const production = readConfig({
    ...{ NODE_ENV: 'production', DATABASE_URL: 'postgres://a/b', TLS_ENDED_BY_PROXY: 'yes' },
  })
  const defaults: Readonly<Record<string, string>> = {
    HOST: config.host,
    PORT: String(config.port),
    DATABASE_URL: config.databaseUrl ?? 'embedded',
    EXCHANGE_ID: config.exchangeId,
    KEYS_FOLDER: relative(root, config.keysFolder),
    DATA_FOLDER: relative(root, config.dataFolder),
    LOG_LEVEL: config.logLevel,
    METRICS_PORT: config.metricsPort === config.port + 1 ? '`PORT` + 1' : 'changed',
    DRAIN_DELAY: `${config.drainMs / 1000} (production ${production.drainMs / 1000})`,
    VERIFY_PER_MINUTE: String(config.verifyPerMinute),
    ...defaultsOfSigning(config),
    TLS_CERTIFICATE: config.tls?.certificate ?? '–',
    TLS_KEY: config.tls?.key ?? '–',
    TLS_CLIENT_ANCHORS: config.tls?.clientAnchors ?? '–',
    TLS_ENDED_BY_PROXY: 'no',
    NODE_ENV: config.production ? 'production' : 'development',
  }
  return {
    ...Object.fromEntries(asked.map((name) => [name, defaults[name] ?? 'unknown to this test'])),
    'SOURCE_<NAME>_URL': '–',
    'SOURCE_<NAME>_TOKEN': '–',
    'SOURCE_<NAME>_CA': '–',
  }
}
