/** The parameters of RSASSA-PSS beside a signature and beside a key (RFC 4055 §3.1), one by one. */
import { constants, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import { validatePath } from '../sdk/certificate/path.ts'
import { readDer, tags } from '../sdk/der.ts'
import { at, createForge, named } from './certforge/forge.ts'
import { group } from './certforge/list-writer.ts'
import { bitString } from './certforge/signed.ts'
import { der, integer, oid, sequence } from './der-writer.ts'

/** Its root has a key of RSA. */
const { root, ca, sealOf } = createForge('ec-rsa')

const hashes = {
  md5: '1.2.840.113549.2.5',
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const
type Hash = keyof typeof hashes

/** A field that is undefined is left out, and so stands for its default. */
interface Parameters {
  readonly hash?: Hash | undefined
  readonly mask?: Hash | undefined
  readonly maskType?: string
  readonly salt?: number | undefined
  readonly trailer?: number
  /** Whether the algorithms of hashing have NULL beside them. */
  readonly isNullWritten?: boolean
}

const usual: Parameters = { hash: 'sha256', mask: 'sha256', salt: 32 }

function pss(changed: Parameters): Uint8Array {
  const {
    hash,
    mask,
    maskType,
    salt,
    trailer,
    isNullWritten = true,
  }: Parameters = {
    ...usual,
    ...changed,
  }
  const hashDer = (name: Hash): Uint8Array =>
    sequence(oid(hashes[name]), ...(isNullWritten ? [der(tags.null)] : []))
  const maskDer = (name: Hash): Uint8Array =>
    sequence(oid(maskType ?? '1.2.840.113549.1.1.8'), hashDer(name))
  return algorithm(
    sequence(
      ...(hash ? [group(0, hashDer(hash))] : []),
      ...(mask ? [group(1, maskDer(mask))] : []),
      ...(salt === undefined ? [] : [group(2, integer(salt))]),
      ...(trailer === undefined ? [] : [group(3, integer(trailer))]),
    ),
  )
}

function algorithm(...parameters: readonly Uint8Array[]): Uint8Array {
  return sequence(oid('1.2.840.113549.1.1.10'), ...parameters)
}

/** A leaf below the root, with these words about its signature, which was made so. */
function judge(said: Uint8Array, hash = 'sha256', saltLength = 32, inner = said): string {
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const { der: leaf } = sealOf({
    ...{ name: named('leaf'), issuer: root },
    change: {
      fields: { algorithm: inner },
      algorithm: said,
      sign: (key, content) => bitString(sign(hash, content, { key, padding, saltLength })),
    },
  })
  const question = { leaf, intermediates: [], anchors: [root.der], at } as const
  const verdict = validatePath({ ...question, profile: 'rfc5280' })
  return verdict.ok ? 'ok' : verdict.code
}

test.for<readonly [what: string, said: Parameters, hash: string, salt: number, expected: string]>([
  ['SHA-256, salt 32', {}, 'sha256', 32, 'ok'],
  ['SHA-384, salt 48', { hash: 'sha384', mask: 'sha384', salt: 48 }, 'sha384', 48, 'ok'],
  ['SHA-512, salt 64', { hash: 'sha512', mask: 'sha512', salt: 64 }, 'sha512', 64, 'ok'],
  ['hashes without NULL (§2.1)', { isNullWritten: false }, 'sha256', 32, 'ok'],
  ['no salt length, so 20', { salt: undefined }, 'sha256', 20, 'ok'],
  ['no salt length, and not 20', { salt: undefined }, 'sha256', 32, 'signature-invalid'],
  ['a salt shorter than said', {}, 'sha256', 20, 'signature-invalid'],
  ['a salt longer than said', { salt: 20 }, 'sha256', 32, 'signature-invalid'],
  ['a salt of another hash', { salt: 48 }, 'sha256', 48, 'certificate-malformed'],
  ['no salt at all', { salt: 0 }, 'sha256', 0, 'certificate-malformed'],
  ['a salt of 65', { salt: 65 }, 'sha256', 65, 'certificate-malformed'],
  ['another hash than said', {}, 'sha384', 32, 'signature-invalid'],
  ['no hash, so SHA-1', { hash: undefined }, 'sha1', 32, 'certificate-malformed'],
  ['SHA-1', { hash: 'sha1', mask: 'sha1', salt: 20 }, 'sha1', 20, 'certificate-malformed'],
  ['MD5', { hash: 'md5', mask: 'md5', salt: 20 }, 'sha256', 20, 'certificate-malformed'],
  ['no mask, so SHA-1', { mask: undefined }, 'sha256', 32, 'certificate-malformed'],
  ['a mask of another hash', { mask: 'sha384' }, 'sha256', 32, 'certificate-malformed'],
  ['a mask of nobody', { maskType: '1.2.3' }, 'sha256', 32, 'certificate-malformed'],
  ['trailer 1, the default (§3.1)', { trailer: 1 }, 'sha256', 32, 'ok'],
  ['trailer 2', { trailer: 2 }, 'sha256', 32, 'certificate-malformed'],
])('%s', ([, said, hash, salt, expected]) => {
  expect(judge(pss(said), hash, salt)).toBe(expected)
})

test.for([
  ['no parameters', algorithm()],
  ['NULL', algorithm(der(tags.null))],
  ['all of them left out, so SHA-1', algorithm(sequence())],
  ['a field too many', algorithm(sequence(group(0, sequence(oid(hashes.sha256))), integer(1)))],
] as const)('%s', ([, said]) => {
  expect(judge(said)).toBe('certificate-malformed')
})

test('what is signed names other parameters than what stands beside the signature', () => {
  expect(judge(pss({}), 'sha256', 32, pss({ isNullWritten: false }))).toBe('certificate-malformed')
})

test('PKCS #1 where PSS is said, and the other way round', () => {
  const pkcs1 = sequence(oid('1.2.840.113549.1.1.11'), der(tags.null))
  expect(judge(pkcs1)).toBe('signature-invalid')
  const { der: leaf } = sealOf({ issuer: root, change: { algorithm: pss({}) } })
  const verdict = validatePath({
    ...{ leaf, intermediates: [], anchors: [root.der], at, profile: 'rfc5280' },
  })
  expect(verdict).toMatchObject({ ok: false, code: 'signature-invalid' })
})

/** SubjectPublicKeyInfo of the root's own key, under the number of PSS and with these words about it. */
function pssKey(...parameters: readonly Uint8Array[]): Uint8Array {
  const { children } = readDer(root.keys.publicKey.export({ format: 'der', type: 'spki' }))
  return sequence(algorithm(...parameters), children[1]?.bytes ?? new Uint8Array())
}

/** A leaf below a root whose key is of PSS, signed with this hash and length of the salt. */
function judgeBelow(publicKey: Uint8Array, hash: Hash, saltLength: number): string {
  const signPss = (key: KeyObject, content: Uint8Array): Uint8Array =>
    bitString(sign(hash, content, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }))
  const said = pss({ hash, mask: hash, salt: saltLength })
  const change = { fields: { algorithm: said }, algorithm: said, sign: signPss }
  const { name, keys } = root
  const fields = { ...change.fields, publicKey }
  const anchor = ca({ name, keys, change: { ...change, fields } })
  const { der: leaf } = sealOf({ name: named('leaf'), issuer: root, change })
  const question = { leaf, intermediates: [], anchors: [anchor.der], at } as const
  const verdict = validatePath({ ...question, profile: 'rfc5280' })
  return verdict.ok ? 'ok' : verdict.code
}

const parametersOf = (changed: Parameters): Uint8Array =>
  readDer(pss(changed)).children[1]?.bytes ?? new Uint8Array()
const bound384 = parametersOf({ hash: 'sha384', mask: 'sha384', salt: 48 })

test.for<readonly [string, readonly Uint8Array[], Hash, number, string]>([
  ['no parameters (§3.1)', [], 'sha256', 32, 'ok'],
  ['no parameters, another hash', [], 'sha512', 64, 'ok'],
  ['bound to SHA-256', [parametersOf({})], 'sha256', 32, 'ok'],
  ['bound to SHA-384', [bound384], 'sha384', 48, 'ok'],
  ['bound to another hash', [bound384], 'sha256', 32, 'signature-invalid'],
  ['a longer salt than the least', [parametersOf({ salt: 20 })], 'sha256', 32, 'ok'],
  ['a shorter salt than the least', [parametersOf({})], 'sha256', 20, 'signature-invalid'],
  ['NULL', [der(tags.null)], 'sha256', 32, 'certificate-malformed'],
  ['bound to SHA-1', [sequence()], 'sha256', 32, 'certificate-malformed'],
  ['a trailer of 2', [parametersOf({ trailer: 2 })], 'sha256', 32, 'certificate-malformed'],
  ['two of them', [parametersOf({}), integer(1)], 'sha256', 32, 'certificate-malformed'],
])('a key of PSS: %s', ([, parameters, hash, salt, expected]) => {
  expect(judgeBelow(pssKey(...parameters), hash, salt)).toBe(expected)
})

test('a key of PSS makes no signature of PKCS #1, and is none of ours', () => {
  const anchor = ca({
    name: root.name,
    keys: root.keys,
    change: { fields: { publicKey: pssKey() } },
  })
  const { der: leaf } = sealOf({ name: named('leaf'), issuer: root })
  const question = { leaf, intermediates: [], anchors: [anchor.der], at } as const
  expect(validatePath({ ...question, profile: 'rfc5280' })).toMatchObject({
    code: 'signature-invalid',
  })
  expect(validatePath({ ...question, profile: 'strict' })).toMatchObject({ code: 'weak-key' })
})
