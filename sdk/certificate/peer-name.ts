/**
 * Whether a certificate speaks for the peer that was asked for (RFC 9525). Only the alternative names
 * count, never the common name; a wildcard is the whole left-most label and stands for exactly one.
 */
import { equalBytes } from '../primitives.ts'
import type { GeneralName } from './general-name.ts'
import { isHostName, isMailbox, isRegistry, sameMailbox, wildcardParent } from './host-name.ts'
import { parseIpAddress } from './ip-address.ts'

/** `asked` is a host, an IP address or a mailbox; each is looked for among its own kind only. */
export function namesPeer(asked: string, names: readonly GeneralName[]): boolean {
  if (isMailbox(asked)) {
    return names.some((name) => name.form === 'email' && sameMailbox(name.text, asked))
  }
  const address = parseIpAddress(asked)
  if (address) return names.some((name) => name.form === 'ip' && equalBytes(name.bytes, address))
  // The dot at the end says that nothing is to be added there.
  const host = asked.toLowerCase().replace(/\.$/, '')
  if (!isHostName(host)) return false
  return names.some((name) => name.form === 'dns' && presents(name.text.toLowerCase(), host))
}

/** A wildcard right below a registry would speak for everybody there. */
function presents(name: string, host: string): boolean {
  const parent = wildcardParent(name)
  if (parent === undefined) return isHostName(name) && name === host
  const dot = host.indexOf('.')
  return isHostName(parent) && !isRegistry(parent) && dot > 0 && host.slice(dot + 1) === parent
}
