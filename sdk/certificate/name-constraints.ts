/**
 * Name constraints (RFC 5280 §4.2.1.10): which names the authorities above allow a certificate to
 * carry. All forms of names are evaluated but those nobody understands, and these are refused as soon
 * as an authority constrains them. A name that is no proper name of its form is within nothing that
 * is permitted and touches everything that is excluded.
 */
import type { NameConstraints } from './extension.ts'
import type { GeneralName } from './general-name.ts'
import { emailAddressOid, isEmpty, isWithin, valuesOf } from './name.ts'
import type { Certificate } from './read.ts'
import { isHostName, isMailbox, sameMailbox, wildcardParent } from './host-name.ts'
import { parseIpAddress } from './ip-address.ts'

/** Every name that a certificate claims; addresses in the subject count as addresses. */
export function namesOf({ subject, extensions }: Certificate): readonly GeneralName[] {
  const emails = valuesOf(subject, emailAddressOid)
  return [
    ...(isEmpty(subject) ? [] : [{ form: 'directory', name: subject } as const]),
    ...emails.map((text) => ({ form: 'email', text }) as const),
    ...(extensions.subjectAltName ?? []),
  ]
}

/** How many comparisons the question whether these names are allowed can cost. */
export function comparisonsOf(
  { permitted, excluded }: NameConstraints,
  names: readonly GeneralName[],
): number {
  return (permitted.length + excluded.length) * names.length
}

/** Within one permitted subtree of its form, if there is any, and touching no excluded one. */
export function isAllowed({ permitted, excluded }: NameConstraints, name: GeneralName): boolean {
  const bases = permitted.filter(({ form }) => form === name.form)
  return (
    (bases.length === 0 || bases.some((base) => relate(name, base) === 'within')) &&
    excluded.every((base) => base.form !== name.form || relate(name, base) === 'apart')
  )
}

/** A wildcard can be partly within a subtree: `*.example.org` and `www.example.org`. */
type Relation = 'within' | 'partly' | 'apart'

function relate(name: GeneralName, base: GeneralName): Relation {
  if (name.form === 'directory' && base.form === 'directory') {
    return isWithin(name.name, base.name) ? 'within' : 'apart'
  }
  if (name.form === 'ip' && base.form === 'ip') return relateAddresses(name.bytes, base.bytes)
  if ('text' in name && 'text' in base) return relateTexts[name.form](name.text, base.text)
  return 'partly'
}

const relateTexts = { dns: relateDns, email: relateEmail, uri: relateUri } as const

/** Labels may be added on the left. */
function relateDns(name: string, base: string): Relation {
  const parent = wildcardParent(name)
  const domain = (parent ?? name).toLowerCase()
  const wanted = base.toLowerCase()
  if (!isHostName(domain)) return 'partly'
  if (isBelow(domain, wanted)) return 'within'
  return parent !== undefined && wanted.slice(wanted.indexOf('.') + 1) === domain
    ? 'partly'
    : 'apart'
}

function isBelow(domain: string, base: string): boolean {
  return base === '' || domain === base || domain.endsWith(`.${base}`)
}

/** The base is one mailbox, all mailboxes of one host, or with a dot in front all hosts below. */
function relateEmail(name: string, base: string): Relation {
  if (!isMailbox(name)) return 'partly'
  if (base.includes('@')) return sameMailbox(name, base) ? 'within' : 'apart'
  return relateHost(name.slice(name.indexOf('@') + 1), base)
}

/** Constraints of this form apply to hosts by name: a URI without one is never within. */
function relateUri(name: string, base: string): Relation {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(name)?.[1]
  const host = authority?.replace(/^.*@/, '').replace(/:\d*$/, '')
  const isName = host !== undefined && isHostName(host) && !parseIpAddress(host)
  return isName ? relateHost(host, base) : 'partly'
}

function relateHost(host: string, base: string): Relation {
  const own = host.toLowerCase()
  const wanted = base.toLowerCase()
  const isInside = wanted === '' || (wanted.startsWith('.') ? own.endsWith(wanted) : own === wanted)
  return isInside ? 'within' : 'apart'
}

/** The base is an address and a mask of the same length; the other version is another world. */
function relateAddresses(address: Uint8Array, base: Uint8Array): Relation {
  const { length } = address
  if (base.length !== length * 2) return 'apart'
  const isInside = address.every((byte, i) => {
    const mask = base[length + i] ?? 0xff
    return (byte & mask) === ((base[i] ?? 0) & mask)
  })
  return isInside ? 'within' : 'apart'
}
