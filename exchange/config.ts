/**
 * Settings, read once from the environment, checked, frozen, and passed down. Every setting stands in
 * the table `settings`. Our names have no prefix, so an environment is full of names of others: what
 * is nearly one of ours, while that one is missing, is taken for a mistake and stops the start.
 */
import { join, resolve } from 'node:path'
import { Problem } from '../sdk/problem.ts'
import { rateLimits } from './http/rate.ts'
import type { TlsFiles } from './http/tls.ts'
import { isNearlySource, sourcesIn } from './sources/address.ts'
import type { SourceAddress } from './sources/address.ts'
import { signingOf } from './keys/signing.ts'
import type { SigningSettings } from './keys/signing.ts'

export interface Config {
  readonly host: string
  readonly port: number
  /** On the loopback address only. */
  readonly metricsPort: number
  /** Undefined: the embedded PostgreSQL under `dataFolder`. */
  readonly databaseUrl: string | undefined
  readonly exchangeId: string
  readonly keysFolder: string
  readonly dataFolder: string
  readonly logLevel: string
  /** How long `/readyz` says no before the doors close. */
  readonly drainMs: number
  /** Verifications one address may ask for; behind a proxy, all that go through it. */
  readonly verifyPerMinute: number
  /** Development keys, verbose logs and the embedded database are refused. */
  readonly production: boolean
  /** Undefined: plain HTTP, for this machine or for a proxy. */
  readonly tls: TlsFiles | undefined
  /** For seals whose keys are not in `keysFolder`. */
  readonly signing: SigningSettings | undefined
  /** Databases and services of departments by the name the catalogue gives them. */
  readonly sources: ReadonlyMap<string, SourceAddress>
}

interface Setting<T> {
  /** As text, the way somebody would write it; none when it depends on others. */
  readonly standard?: string
  readonly meaning: string
  /** What may stand there, for the refusal. */
  readonly expected: string
  /** Undefined refuses the text. */
  readonly parse: (text: string) => T | undefined
}

const root = join(import.meta.dirname, '..')
const logLevels = ['silent', 'error', 'warn', 'info', 'debug']
const drainSecondsMax = 300
const verifyPerMinuteMax = 1_000_000

const settings = {
  HOST: {
    standard: '127.0.0.1',
    meaning: 'the address the exchange listens on',
    expected: 'an address or a name',
    parse: (text) => (/^[A-Za-z0-9.:-]{1,253}$/.test(text) ? text : undefined),
  } satisfies Setting<string>,
  PORT: {
    standard: '8080',
    meaning: 'the port the exchange listens on',
    expected: '0 to 65535',
    parse: portIn,
  } satisfies Setting<number>,
  METRICS_PORT: {
    meaning: 'the port of /metrics on the loopback address',
    expected: '0 to 65535',
    parse: portIn,
  } satisfies Setting<number>,
  DATABASE_URL: {
    meaning: 'the PostgreSQL to use; embedded when absent',
    expected: 'postgres://…',
    parse: (text) => (/^postgres(ql)?:\/\//.test(text) ? text : undefined),
  } satisfies Setting<string>,
  EXCHANGE_ID: {
    standard: 'exchange.zhengtong.example',
    meaning: 'audience of tokens, origin of the log',
    expected: 'a-z, 0-9, dot and dash',
    parse: (text) => (/^[a-z0-9.-]{1,100}$/.test(text) ? text : undefined),
  } satisfies Setting<string>,
  TLS_CERTIFICATE: {
    meaning: 'the certificate of our own door with its CAs, PEM',
    expected: 'a file',
    parse: pathIn,
  } satisfies Setting<string>,
  TLS_KEY: {
    meaning: 'the private key of TLS_CERTIFICATE, PEM',
    expected: 'a file',
    parse: pathIn,
  } satisfies Setting<string>,
  TLS_CLIENT_ANCHORS: {
    meaning: 'departments connect with certificates of these authorities, PEM',
    expected: 'a file',
    parse: pathIn,
  } satisfies Setting<string>,
  TLS_ENDED_BY_PROXY: {
    standard: 'no',
    meaning: 'production without TLS of our own, behind a proxy that ends it',
    expected: 'yes or no',
    parse: (text) => (text === 'yes' || text === 'no' ? text : undefined),
  } satisfies Setting<string>,
  SIGNING_SERVER_URL: {
    meaning: 'the server or token that seals for departments whose seal key is not in KEYS_FOLDER',
    expected: 'https://… or pkcs11:…',
    parse: (text) =>
      URL.canParse(text) && /^(https:\/\/|pkcs11:)/.test(text) ? new URL(text) : undefined,
  } satisfies Setting<URL>,
  SIGNING_SERVER_CERTIFICATE: {
    meaning: 'the certificate we show to the signing server, with its CAs, PEM',
    expected: 'a file',
    parse: pathIn,
  } satisfies Setting<string>,
  SIGNING_SERVER_KEY: {
    meaning: 'the private key of SIGNING_SERVER_CERTIFICATE, PEM',
    expected: 'a file',
    parse: pathIn,
  } satisfies Setting<string>,
  SIGNING_SERVER_CA: {
    meaning: 'the authorities of its certificate, PEM; those of the system when absent',
    expected: 'a file',
    parse: pathIn,
  } satisfies Setting<string>,
  SIGNING_SERVER_DEADLINE: {
    standard: '5',
    meaning: 'seconds in which the signing server has to answer',
    expected: '1 to 30 (seconds)',
    parse: (text) => (/^([1-9]|[12]\d|30)$/.test(text) ? Number(text) : undefined),
  } satisfies Setting<number>,
  KEYS_FOLDER: {
    standard: 'certs-dev/out',
    meaning: 'seals, log key, receipt key, key-encryption key, trust file',
    expected: 'a folder',
    parse: pathIn,
  } satisfies Setting<string>,
  DATA_FOLDER: {
    standard: '.zhengtong',
    meaning: 'the embedded PostgreSQL',
    expected: 'a folder',
    parse: pathIn,
  } satisfies Setting<string>,
  LOG_LEVEL: {
    standard: 'warn',
    meaning: 'how much the log of the operator says',
    expected: logLevels.join(', '),
    parse: (text) => (logLevels.includes(text) ? text : undefined),
  } satisfies Setting<string>,
  DRAIN_DELAY: {
    meaning: 'seconds of /readyz saying no before the doors close',
    expected: `0 to ${drainSecondsMax} (seconds)`,
    parse: secondsIn,
  } satisfies Setting<number>,
  VERIFY_PER_MINUTE: {
    standard: String(rateLimits.perMinute),
    meaning: 'verifications a minute that one address may ask for',
    expected: `1 to ${verifyPerMinuteMax}`,
    parse: rateIn,
  } satisfies Setting<number>,
  NODE_ENV: {
    standard: 'development',
    meaning: 'production refuses what is for development only',
    expected: 'production, or anything else for development',
    parse: (text) => text,
  } satisfies Setting<string>,
}

type SettingName = keyof typeof settings

/** @throws Problem invalid-config naming the setting */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  refuseMisspelt(environment)
  // Faults are for the tests' own server; whoever sets them for the product means another process.
  if ('FAULT' in environment) refuse('FAULT', 'to be unset')
  const read = <T>(name: SettingName, { standard, parse }: Setting<T>): T | undefined => {
    const given = environment[name]
    const text = given === undefined || given === '' ? standard : given
    return text === undefined ? undefined : (parse(text) ?? refuse(name))
  }
  const need = <T>(name: SettingName, setting: Setting<T>): T => read(name, setting) ?? refuse(name)
  const port = need('PORT', settings.PORT)
  const production = need('NODE_ENV', settings.NODE_ENV) === 'production'
  const config: Config = {
    ...{ port, production, host: need('HOST', settings.HOST) },
    metricsPort: read('METRICS_PORT', settings.METRICS_PORT) ?? portAfter(port),
    databaseUrl: read('DATABASE_URL', settings.DATABASE_URL),
    exchangeId: need('EXCHANGE_ID', settings.EXCHANGE_ID),
    keysFolder: need('KEYS_FOLDER', settings.KEYS_FOLDER),
    dataFolder: need('DATA_FOLDER', settings.DATA_FOLDER),
    logLevel: need('LOG_LEVEL', settings.LOG_LEVEL),
    drainMs: 1_000 * (read('DRAIN_DELAY', settings.DRAIN_DELAY) ?? (production ? 5 : 0)),
    verifyPerMinute: need('VERIFY_PER_MINUTE', settings.VERIFY_PER_MINUTE),
    tls: tlsOf({
      certificate: read('TLS_CERTIFICATE', settings.TLS_CERTIFICATE),
      key: read('TLS_KEY', settings.TLS_KEY),
      clientAnchors: read('TLS_CLIENT_ANCHORS', settings.TLS_CLIENT_ANCHORS),
    }),
    signing: signingOf({
      url: read('SIGNING_SERVER_URL', settings.SIGNING_SERVER_URL),
      certificate: read('SIGNING_SERVER_CERTIFICATE', settings.SIGNING_SERVER_CERTIFICATE),
      key: read('SIGNING_SERVER_KEY', settings.SIGNING_SERVER_KEY),
      authorities: read('SIGNING_SERVER_CA', settings.SIGNING_SERVER_CA),
      deadlineMs: 1_000 * need('SIGNING_SERVER_DEADLINE', settings.SIGNING_SERVER_DEADLINE),
    }),
    sources: sourcesIn(environment),
  }
  const isEndedByProxy = need('TLS_ENDED_BY_PROXY', settings.TLS_ENDED_BY_PROXY) === 'yes'
  if (config.tls && isEndedByProxy) refuse('TLS_ENDED_BY_PROXY', 'no, as TLS_CERTIFICATE is set')
  if (production) refuseUnfit(config, isEndedByProxy)
  return Object.freeze(config)
}

function refuseUnfit({ databaseUrl, logLevel, tls }: Config, isEndedByProxy: boolean): void {
  if (!tls && !isEndedByProxy) refuse('TLS_CERTIFICATE', 'TLS of our own or TLS_ENDED_BY_PROXY=yes')
  if (databaseUrl === undefined) refuse('DATABASE_URL', 'a server of its own in production')
  if (logLevel === 'debug') refuse('LOG_LEVEL', 'silent, error, warn or info in production')
}

/** All of it or nothing; the anchors are for whoever asks clients for certificates. */
function tlsOf(given: { readonly [K in keyof TlsFiles]: string | undefined }):
  TlsFiles | undefined {
  const { certificate, key, clientAnchors } = given
  if ([certificate, key, clientAnchors].every((path) => path === undefined)) return undefined
  return {
    certificate: certificate ?? refuse('TLS_CERTIFICATE'),
    key: key ?? refuse('TLS_KEY'),
    clientAnchors,
  }
}

function portIn(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  return port <= 65_535 ? port : undefined
}

/** Any free port beside any free port. */
function portAfter(port: number): number {
  return port === 0 || port === 65_535 ? 0 : port + 1
}

function pathIn(text: string): string {
  return resolve(root, text)
}

function secondsIn(text: string): number | undefined {
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : NaN
  return seconds <= drainSecondsMax ? seconds : undefined
}

function rateIn(text: string): number | undefined {
  const rate = /^[1-9]\d{0,6}$/.test(text) ? Number(text) : NaN
  return rate <= verifyPerMinuteMax ? rate : undefined
}

/** Short names of one word are too near to the words of others. */
const misspeltLengthMin = 6

function refuseMisspelt(environment: NodeJS.ProcessEnv): void {
  const names = Object.keys(settings)
  const missing = names.filter(
    (name) => name.length >= misspeltLengthMin && environment[name] === undefined,
  )
  for (const given of Object.keys(environment)) {
    if (names.includes(given)) continue
    if (isNearlySource(given)) {
      refuse(given, 'SOURCE_<NAME>_URL, _TOKEN or _CA, the name in A-Z and 0-9')
    }
    const meant = missing.find((name) => isNearly(given.toUpperCase(), name))
    if (meant !== undefined) refuse(given, meant)
  }
}

/** The same, or with one letter more, less or other. */
function isNearly(given: string, name: string): boolean {
  if (Math.abs(given.length - name.length) > 1) return false
  let same = 0
  while (same < name.length && given[same] === name[same]) same += 1
  const rests = [
    [given.slice(same), name.slice(same)],
    [given.slice(same + 1), name.slice(same)],
    [given.slice(same), name.slice(same + 1)],
    [given.slice(same + 1), name.slice(same + 1)],
  ]
  return rests.some(([one, other]) => one === other)
}

function refuse(setting: string, expected?: string): never {
  const known: Partial<Record<string, Setting<unknown>>> = settings
  const { expected: standard = '', meaning = '' } = known[setting] ?? {}
  throw new Problem('invalid-config', {
    ...{ setting, expected: expected ?? standard },
    ...(meaning === '' ? {} : { meaning }),
  })
}
