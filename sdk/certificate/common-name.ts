/**
 * Common names that read as hosts. They name no peer (RFC 9525 §2), but old programs take them for one:
 * so whoever asks for no peer gets them held to the constraints on hosts, and whoever asks for a server
 * gets them only as a copy of an alternative name (CA/B Forum BR §7.1.4.3).
 */
import { equalBytes } from '../primitives.ts'
import type { GeneralName } from './general-name.ts'
import { isHostName } from './host-name.ts'
import { parseIpAddress } from './ip-address.ts'
import { valuesOf } from './name.ts'
import type { Certificate } from './read.ts'

const commonNameOid = '2.5.4.3'

/** The hosts of a certificate that names none beside its subject. */
export function hostsOfSubject({ subject, extensions }: Certificate): readonly GeneralName[] {
  if (extensions.subjectAltName?.some(({ form }) => form === 'dns') === true) return []
  return valuesOf(subject, commonNameOid)
    .filter((text) => text.includes('.') && isHostName(text) && !parseIpAddress(text))
    .map((text) => ({ form: 'dns', text }))
}

/**
 * Whether no common name is an alternative one in another spelling, or beside one in the same domain.
 * A host of any other domain stands there in many certificates, and is borne with.
 */
export function repeatsItsNames({ subject, extensions }: Certificate): boolean {
  const names = extensions.subjectAltName ?? []
  return valuesOf(subject, commonNameOid).every((text) => {
    const host = hostIn(text)
    return host === undefined || isCopy(text, host, names) || !names.some(isCloseTo(host))
  })
}

/** How a browser spells the host that it takes the text for (WHATWG URL §3.5). */
function hostIn(text: string): string | undefined {
  const url = `http://${text.includes(':') ? `[${text}]` : text}`
  if (/[\s/\\?#@]/.test(text) || !URL.canParse(url)) return undefined
  return new URL(url).hostname.replace(/^\[|\]$/g, '')
}

/** Letter by letter; of an address, which is no text in a certificate, in its usual spelling. */
function isCopy(text: string, host: string, names: readonly GeneralName[]): boolean {
  if (parseIpAddress(host)) return text === host
  return names.some((name) => name.form === 'dns' && name.text === text)
}

function isCloseTo(host: string): (name: GeneralName) => boolean {
  const address = parseIpAddress(host)
  return (name) => {
    if (name.form === 'ip') return address !== undefined && equalBytes(address, name.bytes)
    if (name.form !== 'dns' || address) return false
    const other = name.text.toLowerCase()
    return other === host || (host.includes('.') && domainOf(other) === domainOf(host))
  }
}

function domainOf(host: string): string {
  return host.slice(host.indexOf('.') + 1)
}
