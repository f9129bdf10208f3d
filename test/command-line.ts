/**
 * The command line for tests, in this process and as `zt.ts` calls it, on a database and with keys of its
 * own; and what it is given to issue.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import { loadCatalogue } from '../catalogs/catalog.ts'
import { createDevelopmentPki } from '../certs-dev/create.ts'
import { planFrom } from '../certs-dev/from-catalogue.ts'
import { runProgram } from '../exchange/commands/program.ts'
import { organisationCodeCheckCharacter, usccCheckCharacter } from '../sdk/identifier.ts'
import type { Draft } from '../vault/index.ts'
import { canariesIn } from './canary.ts'
import { createTestDatabase } from './database.ts'

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

type Environment = Readonly<Record<string, string>>

export type CommandLine = Awaited<ReturnType<typeof createCommandLine>>

export async function createCommandLine(exchange: string) {
  const folder = await mkdtemp(join(tmpdir(), 'zt-test-'))
  const database = await createTestDatabase()
  const keys = join(folder, 'keys')
  const at = new Date()
  await createDevelopmentPki({ out: keys, exchange, ...planFrom(loadCatalogue()), at })
  const environment: Environment = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: database.url,
    KEYS_FOLDER: keys,
    EXCHANGE_ID: exchange,
    PORT: '0',
  }

  async function zt(args: readonly string[], changed: Environment = {}): Promise<Outcome> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const said = Promise.all([text(stdout), text(stderr)])
    const status = await runProgram(args, {
      ...{ stdin: new PassThrough(), stdout, stderr },
      environment: { ...environment, ...changed },
      ...{ clock: () => new Date(), interrupted: () => new Promise<void>(() => undefined) },
    })
    stdout.end()
    stderr.end()
    const [data, rest] = await said
    expect(canariesIn(rest), 'what is said beside the data').toEqual([])
    return { status, stdout: data, stderr: rest }
  }

  async function json(args: readonly string[], changed?: Environment) {
    const { stdout, stderr, status } = await zt([...args, '--json'], changed)
    expect(stderr, 'a defect is no outcome of a command').not.toContain('internal')
    return { status, value: JSON.parse(stdout) as Record<string, unknown> }
  }

  /** A file of the folder, by its path. */
  async function write(name: string, content: object): Promise<string> {
    const path = join(folder, name)
    await writeFile(path, JSON.stringify(content))
    return path
  }

  async function issue(n: number): Promise<string> {
    const { status, stdout } = await zt(['licence', 'issue', await write('draft.json', draft(n))])
    expect(status).toBe(0)
    return stdout.trim()
  }

  const close = async (): Promise<void> => {
    await database.drop()
    await rm(folder, { recursive: true, force: true })
  }
  return { folder, keys, environment, zt, json, write, issue, close }
}

export function uscc(n: number): string {
  const organisation = `MA5T${String(n).padStart(4, '0')}`
  const body = `91460108${organisation}${organisationCodeCheckCharacter(organisation)}`
  return `${body}${usccCheckCharacter(body)}`
}

export function draft(n: number): Draft {
  const code = uscc(n)
  return {
    ...{ type: 'businessLicence', issuer: 'haikouMarket', division: '460108', grade: 'A' },
    licenceNo: code,
    holders: [{ role: 'holder', codeType: '001', code }],
    ...{ validFrom: '2026-03-02', validUntil: null },
    items: {
      ...{
        name: `海口示例${n}有限公司`,
        uscc: code,
        entityType: '有限责任公司',
        legalRep: '林晓岚',
      },
      ...{ address: '海口市美兰区（示例）1号', registeredCapital: '50万元人民币' },
      ...{ establishedOn: '2026-03-02', scope: '食品销售', approvedOn: '2026-03-02' },
      registry: '海口市市场监督管理局',
    },
  }
}
