/**
 * Where a department's source is, as the configuration says it and nothing else: a PostgreSQL
 * database, or a service over HTTP with the secret that opens it. The catalogue names sources; no
 * address ever comes from it or from a request.
 */
import { Problem } from '../../sdk/problem.ts'

export type SourceAddress =
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'http'; readonly url: string; readonly token: string }

const loopback: readonly string[] = ['127.0.0.1', '[::1]', 'localhost']

/** `name` as in the settings: POLICE. @throws Problem invalid-config naming the setting */
export function sourceAddress(
  name: string,
  { url: text, token }: { readonly url: string; readonly token: string | undefined },
): SourceAddress {
  if (/^postgres(ql)?:\/\//.test(text)) {
    if (token !== undefined)
      refuse(name, 'TOKEN', 'nothing: the secret of a database is in its url')
    return { kind: 'postgres', url: text }
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !isServiceUrl(url)) {
    return refuse(name, 'URL', 'postgres://…, https://…, or http://… on this machine only')
  }
  if (token === undefined || !/^[\x21-\x7e]{16,1024}$/.test(token)) {
    return refuse(name, 'TOKEN', 'the secret of the service, at least 16 characters')
  }
  return { kind: 'http', url: url.href, token }
}

function isServiceUrl(url: URL): boolean {
  const { protocol, hostname, username, password, search, hash } = url
  const plain = [username, password, search, hash].every((part) => part === '')
  return plain && (protocol === 'https:' || (protocol === 'http:' && loopback.includes(hostname)))
}

function refuse(name: string, part: 'URL' | 'TOKEN', expected: string): never {
  throw new Problem('invalid-config', { setting: `SOURCE_${name}_${part}`, expected })
}
