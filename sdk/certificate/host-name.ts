/**
 * Whether a certificate speaks for the host that was asked for (RFC 9525). Only the alternative names
 * count, never the common name; a wildcard is the whole left-most label and stands for exactly one.
 */
import type { GeneralName } from './general-name.ts'
import { parseIpAddress } from './ip-address.ts'
import { equalBytes } from '../primitives.ts'

/** RFC 1123 §2.1 and RFC 1035 §2.3.4, with the underscore that names of services have. */
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i
const hostNameLengthMax = 253

/** Labels of ASCII between dots; a name of another script stands there as its A-labels. */
export function isHostName(text: string): boolean {
  return text.length <= hostNameLengthMax && text.split('.').every((part) => label.test(part))
}

/** What stands behind `*.`; undefined when the name is no wildcard. */
export function wildcardParent(name: string): string | undefined {
  return name.startsWith('*.') ? name.slice(2) : undefined
}

/** `asked` is a host name or an IP address, and each is looked for among its own kind only. */
export function namesHost(asked: string, names: readonly GeneralName[]): boolean {
  const address = parseIpAddress(asked)
  if (address) return names.some((name) => name.form === 'ip' && equalBytes(name.bytes, address))
  if (!isHostName(asked)) return false
  const host = asked.toLowerCase()
  return names.some((name) => name.form === 'dns' && presents(name.text.toLowerCase(), host))
}

/** A wildcard below a single label would speak for a whole top-level domain. */
function presents(name: string, host: string): boolean {
  const parent = wildcardParent(name)
  if (parent === undefined) return isHostName(name) && name === host
  const dot = host.indexOf('.')
  return isHostName(parent) && parent.includes('.') && dot > 0 && host.slice(dot + 1) === parent
}
