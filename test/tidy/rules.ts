/** The rules a machine can keep for us, each from files to sentences; no sentence means tidy. */
import type { Import, SourceFile } from './source.ts'

export type Rule = (files: readonly SourceFile[]) => string[]

const linesMax = 300

/** Who may use what: folders, single files, or files that begin like this. Itself always. */
const layers: Readonly<Record<string, readonly string[]>> = {
  sdk: [],
  catalogs: ['sdk/problem.ts', 'sdk/identifier', 'sdk/json.ts', 'sdk/primitives.ts'],
  db: ['sdk/problem.ts', 'sdk/identifier', 'sdk/primitives.ts'],
  log: ['db/', 'sdk/'],
  vault: ['log/', 'db/', 'catalogs/', 'sdk/'],
  exchange: ['vault/', 'log/', 'db/', 'catalogs/', 'sdk/'],
  'certs-dev': ['catalogs/', 'sdk/'],
  demo: ['exchange/', 'vault/', 'log/', 'db/', 'catalogs/', 'sdk/', 'certs-dev/'],
  bench: ['exchange/', 'vault/', 'log/', 'db/', 'catalogs/', 'sdk/', 'certs-dev/', 'demo/'],
  test: [''],
}

/** Where parts are put together; these may open the side doors. */
const compositions: readonly string[] = [
  'exchange/commands/',
  'exchange/development.ts',
  'exchange/local.ts',
  'exchange/main.ts',
  'exchange/zt.ts',
  'demo/',
  'bench/',
  'test/',
]

const frontDoors: Readonly<Record<string, readonly string[]>> = {
  catalogs: ['catalogs/catalog.ts'],
  db: ['db/postgres.ts'],
  log: ['log/index.ts'],
  vault: ['vault/index.ts'],
}
const sideDoors: readonly string[] = [
  'db/backup.ts',
  'db/copy.ts',
  'db/database.ts',
  'db/embedded.ts',
  'db/migrate.ts',
  'certs-dev/',
]

export const layersAreKept: Rule = (files) =>
  eachImport(files, ({ path }, { from }) => {
    const own = folderOf(path)
    if (folderOf(from) === own || begins(from, layers[own] ?? [])) return undefined
    if (isComposition(path) && begins(from, sideDoors)) return undefined
    return `${path} imports ${from}: ${own} may use ${layers[own]?.join(', ') ?? 'nothing'} only`
  })

export const doorsAreUsed: Rule = (files) =>
  eachImport(files, ({ path }, { from }) => {
    const doors = frontDoors[folderOf(from)]
    if (!doors || folderOf(from) === folderOf(path) || path.startsWith('test/')) return undefined
    if (doors.includes(from) || (isComposition(path) && begins(from, sideDoors))) return undefined
    return `${path} imports ${from}: others come in through ${doors.join(', ')}`
  })

export const nothingGoesInCircles: Rule = (files) => {
  const edges = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.filter(({ isTypeOnly, isLazy }) => !isTypeOnly && !isLazy).map(({ from }) => from),
    ]),
  )
  const finished = new Set<string>()
  const circles: string[] = []
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      circles.push(
        `a circle of imports: ${[...trail.slice(trail.indexOf(path)), path].join(' → ')}`,
      )
    }
    if (trail.includes(path) || finished.has(path)) return
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path])
    finished.add(path)
  }
  for (const path of edges.keys()) walk(path, [])
  return circles
}

/** What files of the sdk use beside the language: all others run wherever the language does. */
const platforms: Readonly<Record<string, readonly string[]>> = {
  'sdk/batch.ts': ['node:'],
  'sdk/client.ts': ['node:'],
  'sdk/compression.browser.ts': ['pako'],
  'sdk/compression.ts': ['node:'],
  'sdk/pkcs12.ts': ['node:', 'Buffer', 'export'],
  'sdk/pkcs12/contents.ts': ['node-forge', 'Buffer'],
  'sdk/pkcs12/password.ts': ['node:', 'node-forge', 'Buffer'],
  'sdk/primitives.browser.ts': ['@noble/hashes/'],
  'sdk/primitives.ts': ['node:', 'Buffer'],
  'sdk/primitives/key.browser.ts': ['@noble/curves/'],
  'sdk/primitives/key.ts': ['node:', 'export'],
  'sdk/threads.ts': ['node:'],
  'sdk/transport.ts': ['node:', 'Buffer'],
}

/** Globals of Node, and the method of its keys by which types would let pass what a browser's have not. */
const nodeOnly = /\b(Buffer|process|require|global)\b(?=\.\w|[([])|(?<=\.)export(?=\()/g

export const platformsHaveTheirPlace: Rule = (files) =>
  files
    .filter(({ path }) => folderOf(path) === 'sdk')
    .flatMap(({ path, text, imports }) => {
      const packages = imports.map(({ from }) => from).filter((from) => !from.endsWith('.ts'))
      const globals = text.match(nodeOnly) ?? []
      return [...new Set([...packages, ...globals])]
        .filter((used) => !begins(used, platforms[path] ?? []))
        .map((used) => `${path} uses ${used}: what is not the language is in primitives`)
    })

export const sqlIsInStores: Rule = (files) =>
  files.flatMap(({ path, sql }) => {
    const isPlace = /(^|[/-])store\.ts$/.test(path) || /^(db|test)\//.test(path)
    return sql === undefined || isPlace
      ? []
      : [`${path} ${sql}: statements stand in files named store.ts or *-store.ts`]
  })

/** Uses by tests do not count; the sdk is public, and types in signatures are needed by readers. */
export const exportsAreUsed: Rule = (files) => {
  const used = new Set<string>()
  for (const { path, imports } of files) {
    if (path.startsWith('test/')) continue
    for (const { from, names } of imports) for (const name of names) used.add(`${from} ${name}`)
  }
  return files
    .filter(({ path }) => !/^(sdk|test)\//.test(path))
    .flatMap(({ path, exports }) =>
      exports
        .filter(({ name }) => !used.has(`${path} ${name}`) && !used.has(`${path} *`))
        .filter(({ isType, isInSignature }) => !(isType && isInSignature))
        .map(({ name }) => `${path} exports ${name}, which no other file uses`),
    )
}

const vagueFile =
  /(^|-)(utils?|helpers?|common|shared|misc|managers?|service|handlers?|processors?)\.ts$/
const vagueName =
  /^(utils?|helpers?|common|misc)$|(Utils?|Helpers?|Manager|Service|Handler|Processor)$/

export const namesSaySomething: Rule = (files) =>
  files.flatMap(({ path, exports }) => {
    const base = path.slice(path.lastIndexOf('/') + 1)
    return [
      ...(vagueFile.test(base) ? [`${path}: name the thing it does`] : []),
      ...exports
        .filter(({ name }) => vagueName.test(name))
        .map(({ name }) => `${path} exports ${name}: name the thing it does`),
    ]
  })

export const shapesArePlain: Rule = (files) =>
  files.flatMap(({ path, shapes }) => {
    const refused = shapes.filter((shape) => path !== 'sdk/problem.ts' || shape !== 'a class')
    return refused.map((shape) => `${path} has ${shape}: named exports, unions and functions only`)
  })

export const filesAreShort: Rule = (files) =>
  files.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length
    return lines > linesMax ? [`${path} has ${lines} lines: ${linesMax} are the limit`] : []
  })

export const filesSayWhatTheyAreFor: Rule = (files) =>
  files
    .filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text))
    .map(({ path }) => `${path} does not begin with a doc comment on what it is responsible for`)

function eachImport(
  files: readonly SourceFile[],
  judge: (file: SourceFile, imported: Import) => string | undefined,
): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter(({ from }) => folderOf(from) in layers && from.endsWith('.ts'))
      .flatMap((imported) => judge(file, imported) ?? []),
  )
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.indexOf('/'), 0))
}

function begins(path: string, beginnings: readonly string[]): boolean {
  return beginnings.some((beginning) => path.startsWith(beginning))
}

function isComposition(path: string): boolean {
  return begins(path, compositions)
}
