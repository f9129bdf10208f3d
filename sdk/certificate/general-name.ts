/**
 * The names a certificate can carry beside its subject (GeneralName, RFC 5280 §4.2.1.6), and the same
 * forms as bases of subtrees (§4.2.1.10). Whether a name lies within a subtree is said in
 * `certificate-name-constraints.ts`.
 */
import { readName } from './name.ts'
import type { Name } from './name.ts'
import type { DerNode } from '../der.ts'
import { contextTag, insideOf, latin1Of } from '../der-value.ts'
import { isHostName, isMailbox } from './host-name.ts'
import { Problem } from '../problem.ts'

const textLengthMax = 1_024

export type GeneralName =
  | { readonly form: 'dns' | 'email' | 'uri'; readonly text: string }
  | { readonly form: 'ip'; readonly bytes: Uint8Array }
  | { readonly form: 'directory'; readonly name: Name }
  /** otherName, x400Address, ediPartyName and registeredID: known to exist, never understood. */
  | { readonly form: 'other' }

type Reader = (node: DerNode) => GeneralName

const others: Readonly<Record<number, Reader>> = Object.fromEntries(
  [
    contextTag(0, 'constructed'),
    contextTag(3, 'constructed'),
    contextTag(5, 'constructed'),
    contextTag(8, 'primitive'),
  ].map((tag) => [tag, () => ({ form: 'other' })]),
)

const directory: Readonly<Record<number, Reader>> = {
  [contextTag(4, 'constructed')]: (node) => ({
    form: 'directory',
    name: readName(insideOf(node)),
  }),
}

const names: Readonly<Record<number, Reader>> = {
  ...others,
  ...directory,
  [contextTag(1, 'primitive')]: (node) => ({ form: 'email', text: asciiOf(node, 'email') }),
  [contextTag(2, 'primitive')]: (node) => ({ form: 'dns', text: asciiOf(node, 'dns-name') }),
  [contextTag(6, 'primitive')]: (node) => ({ form: 'uri', text: asciiOf(node, 'uri') }),
  [contextTag(7, 'primitive')]: (node) => ({ form: 'ip', bytes: addressOf(node, [4, 16]) }),
}

const bases: Readonly<Record<number, Reader>> = {
  ...others,
  ...directory,
  [contextTag(1, 'primitive')]: (node) => ({ form: 'email', text: baseOf(node, isEmailBase) }),
  [contextTag(2, 'primitive')]: (node) => ({ form: 'dns', text: baseOf(node, isHostName) }),
  [contextTag(6, 'primitive')]: (node) => ({ form: 'uri', text: baseOf(node, isHostBase) }),
  [contextTag(7, 'primitive')]: (node) => ({ form: 'ip', bytes: maskedOf(node) }),
}

/** @throws Problem invalid-certificate */
export function readGeneralName(node: DerNode): GeneralName {
  return names[node.tag]?.(node) ?? refuse('general-name')
}

/** The base of a subtree: an address with its mask, a domain, a host. @throws Problem invalid-certificate */
export function readSubtreeBase(node: DerNode): GeneralName {
  return bases[node.tag]?.(node) ?? refuse('general-name')
}

/** Neither white space nor NUL nor anything beyond ASCII. */
function asciiOf(node: DerNode, rule: string): string {
  const text = latin1Of(node)
  if (text.length > textLengthMax || !/^[\x21-\x7e]+$/.test(text)) refuse(rule)
  return text
}

function addressOf({ content }: DerNode, lengths: readonly number[]): Uint8Array {
  return lengths.includes(content.length) ? content : refuse('ip-address')
}

/** An address and as many bits of a mask, ones first (RFC 4632). */
function maskedOf(node: DerNode): Uint8Array {
  const bytes = addressOf(node, [8, 32])
  const mask = [...bytes.subarray(bytes.length / 2)]
  const bits = mask.map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return /^1*0*$/.test(bits) ? bytes : refuse('ip-address')
}

/** An empty base is the root of all names of its form. */
function baseOf(node: DerNode, isBase: (text: string) => boolean): string {
  const text = latin1Of(node)
  return text === '' || isBase(text) ? text : refuse('subtree-base')
}

/** One host, or with a dot in front every host below. */
function isHostBase(text: string): boolean {
  return isHostName(text.startsWith('.') ? text.slice(1) : text)
}

function isEmailBase(text: string): boolean {
  return text.includes('@') ? isMailbox(text) : isHostBase(text)
}

function refuse(rule: string): never {
  throw new Problem('invalid-certificate', { rule })
}
