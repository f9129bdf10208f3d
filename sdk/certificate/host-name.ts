/** Names of hosts and of mailboxes at them, as certificates write them: which texts are such names. */

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

/** Under which everybody registers: a top-level domain, or what countries make of theirs, as `com.cn`. */
export function isRegistry(domain: string): boolean {
  return (
    !domain.includes('.') || /^(?:ac|co|com|edu|gov?|mil|net?|nom|org?)\.[a-z]{2}$/i.test(domain)
  )
}

/** Of a local part in which nothing is quoted: then one mailbox has one spelling (RFC 5321 §4.1.2). */
const localPart = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/

export function isMailbox(text: string): boolean {
  const [local = '', host, another] = text.split('@')
  return localPart.test(local) && host !== undefined && isHostName(host) && another === undefined
}

/** Only the host is the same in capitals and in small letters (RFC 5280 §7.5). */
export function sameMailbox(a: string, b: string): boolean {
  const [at, other] = [a.indexOf('@'), b.indexOf('@')]
  const isSameHost = a.slice(at).toLowerCase() === b.slice(other).toLowerCase()
  return isSameHost && a.slice(0, at) === b.slice(0, other)
}
