/**
 * The sdk as strangers get it: what its package shows, what it needs, and whether the lines of its
 * README do what they say, in an empty project without a network.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readIssueEvidence, writeIssueEvidence } from '../sdk/issue-evidence.ts'
import { createForge, types } from './forging.ts'
import type { Forge } from './forging.ts'
import { createIssuing, issuingAt } from './issuing.ts'
import type { Issuing } from './issuing.ts'

const run = promisify(execFile)
const sdk = join(import.meta.dirname, '../sdk')
const text = (name: string): string => readFileSync(join(sdk, name), 'utf8')
const sources = readdirSync(sdk, { encoding: 'utf8', recursive: true }).filter(
  (name) => /(?<!\.test)\.ts$/.test(name) && !name.startsWith('dist'),
)
const manifest = JSON.parse(text('package.json')) as {
  readonly version: string
  readonly exports: Readonly<Record<string, string>>
  readonly browser: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}
const root = JSON.parse(readFileSync(join(sdk, '../package.json'), 'utf8')) as {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}
const isLong = process.env['FAULT_SIZE'] === 'long' || process.env['ZT_REQUIRE_TOOLS'] === '1'

describe('the package', () => {
  test('has the version of the product, and what it may need in the same version', () => {
    expect(manifest.version).toBe(root.version)
    const ours = { ...root.dependencies, ...root.devDependencies }
    expect(ours).toMatchObject(manifest.peerDependencies)
  })

  test('shows files that exist, each under its name', () => {
    for (const [subpath, file] of Object.entries(manifest.exports)) {
      expect(file).toBe(subpath.replace('./', './dist/') + '.js')
      expect(existsSync(join(sdk, `${subpath}.ts`)), subpath).toBe(true)
    }
    for (const [file, twin] of Object.entries(manifest.browser)) {
      expect(twin).toBe(file.replace(/\.js$/, '.browser.js'))
      expect(sources).toContain(twin.replace('./dist/', '').replace(/js$/, 'ts'))
    }
    const names = Object.keys(manifest.exports)
    expect(names).toEqual(names.toSorted())
  })
})

describe('in an empty project, without a network', () => {
  let folder: string
  let issuing: Issuing
  let forge: Forge
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zhengtong-sdk-'))
    issuing = await createIssuing(types)
    forge = createForge(issuing)
    const files = {
      'package.json': '{ "type": "module" }',
      'licence.sd-jwt': `${forge.document}\n`,
      'status-list.jwt': forge.freshList,
      'trust.json': issuing.trustFile,
      'evidence.json': writeIssueEvidence(forge.logged(forge.document)),
      'verify.js': /```js\n([^]*?)```/.exec(text('README.md'))?.[1] ?? '',
    }
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(folder, name), content)
    }
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  const verify = async (): Promise<string> =>
    (await run(process.execPath, ['verify.js', issuingAt.toISOString()], { cwd: folder })).stdout

  test('evidence is read as it was written', () => {
    const evidence = forge.logged(forge.document)
    const read = readIssueEvidence(writeIssueEvidence(evidence))
    expect(writeIssueEvidence(read)).toBe(writeIssueEvidence(evidence))
    expect(() => readIssueEvidence('{}')).toThrow('invalid-json')
  })

  test.skipIf(isLong)(
    'the lines of the README verify a licence, and refuse a changed one',
    async () => {
      const installed = join(folder, 'node_modules/@zhengtong/sdk')
      await mkdir(join(installed, 'dist'), { recursive: true })
      await cp(join(sdk, 'package.json'), join(installed, 'package.json'))
      for (const name of sources) {
        const file = join(installed, 'dist', name.replace('.ts', '.js'))
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, compiled(name))
      }
      await expectVerdicts()
    },
  )

  test.runIf(isLong)(
    'the packed package does, and its types hold',
    { timeout: 300_000 },
    async () => {
      // What npx hands down are the settings of this checkout, which forbid scripts; a stranger has none.
      const env = Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')),
      )
      await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: sdk, env })
      const tarball = `zhengtong-sdk-${manifest.version}.tgz`
      await run('npm', ['install', '--offline', '--no-save', tarball], { cwd: folder, env })
      await expectVerdicts()
      const names = Object.keys(manifest.exports).map((name) => name.slice(2))
      const lines = names.map((name, i) => `import * as all${i} from '@zhengtong/sdk/${name}'`)
      const uses = names.map((_, i) => `all${i}`).join(', ')
      await writeFile(
        join(folder, 'types.ts'),
        `${lines.join('\n')}\nexport const all = [${uses}]\n`,
      )
      const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023']
      const types = ['--types', 'node', '--typeRoots', join(sdk, '../node_modules/@types')]
      const tsc = join(sdk, '../node_modules/.bin/tsc')
      await run(tsc, [...flags, ...types, 'types.ts'], { cwd: folder })
    },
  )

  async function expectVerdicts(): Promise<void> {
    expect(await verify()).toBe('valid []\n')
    const right = await readFile(join(folder, 'status-list.jwt'), 'utf8')
    await writeFile(join(folder, 'status-list.jwt'), forge.listOf({ status: 'invalid' }))
    expect(await verify()).toMatch(/^invalid \[/)
    await writeFile(join(folder, 'status-list.jwt'), right)
  }
})

/** What the build makes of a source, without checking types: those `npm run types` checks. */
function compiled(name: string): string {
  const compilerOptions = {
    ...{ module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    rewriteRelativeImportExtensions: true,
    verbatimModuleSyntax: true,
  }
  return ts.transpileModule(text(name), { compilerOptions, fileName: name }).outputText
}
