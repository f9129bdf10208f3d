/**
 * Where a department's source is, as the configuration says it and nothing else: a PostgreSQL
 * database, or a service over HTTP with the secret that opens it and the authority it is known by. The
 * catalogue names sources; no address ever comes from it or from a request.
 */
import { readFileSync } from 'node:fs'
import { parseCertificate } from '../../sdk/certificate.ts'
import { readPem } from '../../sdk/pem.ts'
import { Problem } from '../../sdk/problem.ts'

export type SourceAddress =
  | { readonly kind: 'postgres'; readonly url: string }
  | {
      readonly kind: 'http'
      readonly url: string
      readonly token: string
      /** The authorities its certificate may come from, PEM; those of the system when left out. */
      readonly authorities?: string
    }

const parts = ['URL', 'TOKEN', 'CA'] as const
type Part = (typeof parts)[number]

const form = new RegExp(`^SOURCE_([A-Z0-9]+)_(${parts.join('|')})$`)
const nearly = new RegExp(`^SOURCE_.*_(${parts.join('|')})$`, 'i')

export function isNearlySource(setting: string): boolean {
  return nearly.test(setting) && !form.test(setting)
}

/** `SOURCE_POLICE_URL` is what the catalogue calls `police`. @throws Problem invalid-config */
export function sourcesIn(
  environment: Readonly<NodeJS.ProcessEnv>,
): ReadonlyMap<string, SourceAddress> {
  const sources = new Map<string, SourceAddress>()
  for (const setting of Object.keys(environment)) {
    const name = form.exec(setting)?.[1]
    if (name === undefined) continue
    const [url, token, ca] = parts.map((part) => environment[`SOURCE_${name}_${part}`])
    if (url === undefined) refuse(name, 'URL', 'an address for the secret or the authority')
    sources.set(name.toLowerCase(), sourceAddress(name, { url, token, ca }))
  }
  return sources
}

const loopback: readonly string[] = ['127.0.0.1', '[::1]', 'localhost']

interface Given {
  readonly url: string
  readonly token: string | undefined
  /** A file. */
  readonly ca?: string | undefined
}

/** `name` as in the settings: POLICE. @throws Problem invalid-config naming the setting */
export function sourceAddress(name: string, given: Given): SourceAddress {
  const isDatabase = /^postgres(ql)?:\/\//.test(given.url)
  return isDatabase ? databaseAddress(name, given) : serviceAddress(name, given)
}

function databaseAddress(name: string, { url, token, ca }: Given): SourceAddress {
  if (token !== undefined) refuse(name, 'TOKEN', 'nothing: the secret of a database is in its url')
  if (ca !== undefined) refuse(name, 'CA', 'nothing: a database has sslrootcert in its url')
  return { kind: 'postgres', url }
}

function serviceAddress(name: string, { url: text, token, ca }: Given): SourceAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !isServiceUrl(url)) {
    return refuse(name, 'URL', 'postgres://…, https://…, or http://… on this machine only')
  }
  if (token === undefined || !/^[\x21-\x7e]{16,1024}$/.test(token)) {
    return refuse(name, 'TOKEN', 'the secret of the service, at least 16 characters')
  }
  if (ca === undefined) return { kind: 'http', url: url.href, token }
  if (url.protocol !== 'https:') refuse(name, 'CA', 'nothing, as there is no TLS')
  return { kind: 'http', url: url.href, token, authorities: readAuthorities(name, ca) }
}

function readAuthorities(name: string, file: string): string {
  try {
    const pem = readFileSync(file, 'utf8')
    if (readPem(pem, 'CERTIFICATE').map(parseCertificate).length > 0) return pem
  } catch {
    // Refused below like a file without a certificate.
  }
  return refuse(name, 'CA', 'a file with certificates of authorities in PEM')
}

function isServiceUrl(url: URL): boolean {
  const { protocol, hostname, username, password, search, hash } = url
  const plain = [username, password, search, hash].every((part) => part === '')
  return plain && (protocol === 'https:' || (protocol === 'http:' && loopback.includes(hostname)))
}

function refuse(name: string, part: Part, expected: string): never {
  throw new Problem('invalid-config', { setting: `SOURCE_${name}_${part}`, expected })
}
