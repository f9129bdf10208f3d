/**
 * The sdk where there is nothing of Node: its package, bundled as for a page, in a context that has the
 * language and what browsers add to it. It must answer what Node answers, right documents and wrong ones.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { rolldown } from 'rolldown'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeIssueEvidence } from '../sdk/issue-evidence.ts'
import { Problem } from '../sdk/problem.ts'
import { createForge, types } from './forging.ts'
import { createIssuing, issuingAt } from './issuing.ts'
import { answerOf } from './vectors/kinds.ts'
import { vectors } from './vectors/set.ts'
import type { Vector } from './vectors/set.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const page = mkdtempSync(join(tmpdir(), 'zhengtong-page-'))
const installed = join(page, 'node_modules/@zhengtong/sdk')

/** A page as its script sees it; what it gets and gives is text. */
let inPage: (script: string) => unknown

beforeAll(async () => {
  for (const name of readdirSync(join(root, 'sdk'), { encoding: 'utf8', recursive: true })) {
    const isBuilt = /(?<!\.test)\.ts$/.test(name) && !name.startsWith('dist')
    if (isBuilt) write(join(installed, 'dist', name.replace(/ts$/, 'js')), compiled(`sdk/${name}`))
  }
  cpSync(join(root, 'sdk/package.json'), join(installed, 'package.json'))
  for (const name of ['@noble', 'pako']) {
    symlinkSync(join(root, 'node_modules', name), join(page, 'node_modules', name))
  }
  // What asks about the frozen documents stands in the package, or its imports would not be the package's.
  for (const name of ['findings', 'vectors/kinds']) {
    const text = compiled(`test/${name}.ts`).replace(/(["'](?:\.\.\/)+)sdk\//g, '$1')
    write(join(installed, `dist/test/${name}.js`), text)
  }
  const [, example = ''] = /```js browser\n([^]*?)```/.exec(read('sdk/README.md')) ?? []
  write(join(page, 'example.js'), example)
  write(
    join(page, 'page.js'),
    `export { judge } from './example.js'
     export { answerOf } from './node_modules/@zhengtong/sdk/dist/test/vectors/kinds.js'`,
  )
  inPage = openPage(await bundled(join(page, 'page.js')))
}, 60_000)

afterAll(() => {
  rmSync(page, { recursive: true })
})

describe('a page', () => {
  test('has nothing of Node', () => {
    const names = [
      'Buffer',
      'process',
      'require',
      'module',
      'global',
      'setImmediate',
      'crypto.subtle',
    ]
    for (const name of names) expect(inPage(`typeof ${name}`)).toBe('undefined')
  })

  test.for(vectors.map((vector) => [vector.name, vector] as const))(
    'reads %s as ever, and its changes as Node does',
    ([, vector]) => {
      expect(answerInPage(vector)).toEqual({ answer: vector.answer })
      for (const changed of changesOf(vector.bytes)) {
        const other = { ...vector, bytes: changed }
        expect(answerInPage(other)).toEqual(answerOfNode(other))
      }
    },
  )

  test('gives the verdict of the README, and refuses what is wrong', async () => {
    const issuing = await createIssuing(types)
    const forge = createForge(issuing)
    const given = {
      ...{ trust: issuing.trustFile, status: forge.freshList, at: issuingAt.toISOString() },
      evidence: writeIssueEvidence(forge.logged(forge.document)),
    }
    const judge = (document: string, changes = {}): unknown =>
      inPage(
        `sdk.judge(${JSON.stringify(document)}, ${JSON.stringify({ ...given, ...changes })}).verdict`,
      )
    expect(judge(forge.document)).toBe('valid')
    expect(judge(forge.document, { status: forge.listOf({ status: 'invalid' }) })).toBe('invalid')
    expect(judge(forge.document.replace(/\.(.)/, (_, one) => (one === 'A' ? '.B' : '.A')))).toBe(
      'invalid',
    )
    expect(judge(forge.document, { at: '2001-01-01T00:00:00Z' })).toBe('invalid')
  })
})

function answerInPage({ kind, asked, bytes, fileOf }: Vector): unknown {
  const names = [asked.trust, asked.status, ...asked.evidence, asked.leaf, ...asked.intermediates]
  const needed = [...names, asked.anchor, ...asked.crls].filter((name) => name !== '')
  const files = Object.fromEntries(needed.map((name) => [name, latin1(fileOf(name))]))
  const answer = inPage(`(() => {
    const { kind, asked, document, files } = ${JSON.stringify({ kind, asked, document: latin1(bytes), files })}
    const bytesOf = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0))
    try {
      const reading = { asked, bytes: bytesOf(document), fileOf: (name) => bytesOf(files[name]) }
      return JSON.stringify({ answer: sdk.answerOf(kind, reading) })
    } catch (thrown) {
      return JSON.stringify({ thrown: thrown.code ?? String(thrown) })
    }
  })()`)
  return JSON.parse(String(answer))
}

function answerOfNode({ kind, ...reading }: Vector): unknown {
  try {
    return { answer: answerOf(kind, reading) }
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    return { thrown: thrown.code }
  }
}

/** One bit elsewhere in each, from the first byte to the last. */
function changesOf(bytes: Uint8Array): Uint8Array[] {
  const places = [0, 0.2, 0.4, 0.6, 0.8, 0.95].map((part) => Math.floor(part * bytes.length))
  return [...places, bytes.length - 3].map((at) =>
    new Uint8Array(bytes).with(at, (bytes[at] ?? 0) ^ 1),
  )
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function compiled(path: string): string {
  const compilerOptions = {
    ...{ module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    ...{ rewriteRelativeImportExtensions: true, verbatimModuleSyntax: true },
  }
  return ts.transpileModule(read(path), { compilerOptions, fileName: path }).outputText
}

async function bundled(input: string): Promise<string> {
  const bundle = await rolldown({ input, platform: 'browser', logLevel: 'silent' })
  const { output } = await bundle.generate({ format: 'iife', name: 'sdk' })
  await bundle.close()
  return output[0].code
}

/** What a page has beside the language, as far as the sdk asks for it; bytes become its own. */
function openPage(bundle: string): (script: string) => unknown {
  const [encoder, { atob, btoa }] = [new TextEncoder(), globalThis]
  const encode = (text: string): Uint8Array => encoder.encode(text)
  const context = createContext({ atob, btoa, TextDecoder, crypto: {}, encode })
  const textEncoder = 'class { encode(text) { return new Uint8Array(encode(text)) } }'
  runInContext(`globalThis.TextEncoder = ${textEncoder}\n${bundle}\nglobalThis.sdk = sdk`, context)
  return (script) => runInContext(script, context) as unknown
}
