/** Settings, read once from the environment, checked, frozen, and passed down. */
import { join, resolve } from 'node:path'
import { Problem } from '../sdk/problem.ts'

export interface Config {
  readonly host: string
  readonly port: number
  /** Undefined: the embedded PostgreSQL under `dataFolder`. */
  readonly databaseUrl: string | undefined
  readonly exchangeId: string
  readonly keysFolder: string
  readonly dataFolder: string
  readonly logLevel: string
  /** Databases of departments by the name the catalogue gives them. */
  readonly sources: ReadonlyMap<string, string>
}

const root = join(import.meta.dirname, '..')
const logLevels = ['silent', 'error', 'warn', 'info', 'debug']

/** @throws Problem invalid-config naming the setting */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const text = (name: string, standard: string): string => environment[name] ?? standard
  const logLevel = text('LOG_LEVEL', 'warn')
  if (!logLevels.includes(logLevel)) refuse('LOG_LEVEL', logLevels.join(', '))
  const exchangeId = text('EXCHANGE_ID', 'exchange.zhengtong.example')
  if (!/^[a-z0-9.-]{1,100}$/.test(exchangeId)) refuse('EXCHANGE_ID', 'a-z, 0-9, dot and dash')
  return Object.freeze({
    host: text('HOST', '127.0.0.1'),
    port: portIn(text('PORT', '8080')),
    databaseUrl: databaseUrlIn(environment['DATABASE_URL']),
    exchangeId,
    keysFolder: resolve(root, text('KEYS_FOLDER', 'certs-dev/out')),
    dataFolder: resolve(root, text('DATA_FOLDER', '.zhengtong')),
    logLevel,
    sources: sourcesIn(environment),
  })
}

function portIn(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  return port <= 65_535 ? port : refuse('PORT', '0 to 65535')
}

function databaseUrlIn(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^postgres(ql)?:\/\//.test(text)) refuse('DATABASE_URL', 'postgres://…')
  return text
}

/** `SOURCE_POLICE_URL` is the database the catalogue calls `police`. */
function sourcesIn(environment: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const sources = new Map<string, string>()
  for (const [name, url] of Object.entries(environment)) {
    const database = /^SOURCE_([A-Z0-9]+)_URL$/.exec(name)?.[1]
    if (database !== undefined && url !== undefined) sources.set(database.toLowerCase(), url)
  }
  return sources
}

function refuse(setting: string, expected: string): never {
  throw new Problem('invalid-config', { setting, expected })
}
