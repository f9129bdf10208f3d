/** Cases 45 to 54: what a certificate is made of (RFC 5280 §4.1, X.690), and keys that are too weak. */
import 'reflect-metadata'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { Extension } from '@peculiar/x509'
import { tags } from '../../sdk/der.ts'
import { der, oid, sequence, unsigned } from '../der-writer.ts'
import { departmentName, extension } from '../extension.ts'
import { both, malformed, onlyStrict, under, underRoot } from './case.ts'
import type { Case } from './case.ts'
import type { CertificateFields, Change } from './certificate-writer.ts'
import { departmentCode, named } from './forge.ts'
import { bitString, signatureDer } from './signed.ts'

function sealWith(change: Change): Case['make'] {
  return ({ sealOf }) => ({ leaf: sealOf({ change }).der })
}

const fields = (changed: Partial<CertificateFields>): Case['make'] => sealWith({ fields: changed })
const serial = (...bytes: readonly number[]): Case['make'] =>
  fields({ serial: der(tags.integer, Uint8Array.from(bytes)) })

/** ECDSA with SHA-512, which nobody here signs with. */
const otherAlgorithm = sequence(oid('1.2.840.10045.4.3.4'))
const noRsa = 'a chain of SM2 has no RSA keys'

export const structureCases: readonly Case[] = [
  {
    ...{ id: '45a', name: 'serial 0', rule: '§4.1.2.2: positive', ...both('certificate-form') },
    make: serial(0),
  },
  {
    ...{ id: '45b', name: 'negative serial', rule: '§4.1.2.2: handled gracefully; profile' },
    ...onlyStrict('certificate-form'),
    make: serial(0x81),
  },
  {
    ...{ id: '45c', name: 'serial of 21 bytes', rule: '§4.1.2.2' },
    ...malformed('integer-range'),
    make: serial(...Array.from({ length: 21 }, () => 1)),
  },
  {
    ...{ id: '46', name: 'duplicate extension', rule: '§4.2', ...malformed('duplicate-extension') },
    make: ({ sealOf }) => {
      const twice = [departmentName(departmentCode), departmentName(departmentCode)]
      return { leaf: sealOf({ roles: { department: twice } }).der }
    },
  },
  {
    ...{ id: '47a', name: 'unknown critical extension, leaf', rule: '§6.1.5 (f)' },
    ...both('unknown-critical-extension'),
    make: ({ sealOf }) => ({ leaf: sealOf({ roles: unknown() }).der }),
  },
  {
    ...{ id: '47b', name: 'unknown critical extension, intermediate', rule: '§6.1.4 (o)' },
    ...both('unknown-critical-extension'),
    make: (forge) => under(forge, forge.departmentCa({ roles: unknown() })),
  },
  {
    ...{ id: '47c', name: 'unknown critical extension, root', rule: '§6.2; profile of both' },
    ...both('unknown-critical-extension'),
    make: (forge) => {
      const root = forge.ca({ name: named('root', 'platform'), roles: unknown() })
      return underRoot(forge, root)
    },
  },
  {
    ...{ id: '48', name: 'inner and outer algorithm differ', rule: '§4.1.1.2' },
    ...malformed('algorithm-differs'),
    make: fields({ algorithm: otherAlgorithm }),
  },
  {
    ...{ id: '49', name: 'bad BIT STRING padding', rule: 'X.690 §11.2.1' },
    ...malformed('bit-string'),
    make: sealWith({
      sign: (key, content) => {
        const bits = Uint8Array.from(signatureDer(key, content))
        bits[2] = 7 // Unused bits that are set.
        bits[bits.length - 1] = 0xff
        return bits
      },
    }),
  },
  {
    ...{ id: '50', name: 'BER indefinite length', rule: '§4.1: DER; X.690 §10.1' },
    ...malformed('length'),
    make: sealWith({
      after: (made) =>
        Buffer.concat([Uint8Array.of(0x30, 0x80), made.subarray(4), Buffer.alloc(2)]),
    }),
  },
  {
    ...{ id: '51', name: 'trailing bytes', rule: '§4.1: one Certificate' },
    ...malformed('trailing-bytes'),
    make: sealWith({ after: (made) => Buffer.concat([made, Uint8Array.of(0)]) }),
  },
  {
    ...{ id: '52', name: 'explicit EC curve', rule: 'RFC 5480 §2.1.1, CVE-2020-0601' },
    ...malformed('unexpected-type'),
    make: ({ keys, sealOf }) => {
      const { namedCurve = '' } = keys().publicKey.asymmetricKeyDetails ?? {}
      const { publicKey } = generateKeyPairSync('ec', { namedCurve, paramEncoding: 'explicit' })
      const spki = publicKey.export({ format: 'der', type: 'spki' })
      return { leaf: sealOf({ change: { fields: { publicKey: spki } } }).der }
    },
  },
  {
    ...{ id: '52b', name: 'a point that is not on its curve', rule: 'SEC 1 §3.2.2.1' },
    ...malformed('public-key'),
    make: ({ keys, sealOf }) => {
      const spki = keys().publicKey.export({ format: 'der', type: 'spki' })
      spki.writeUInt8(spki.readUInt8(spki.length - 1) ^ 1, spki.length - 1)
      return { leaf: sealOf({ change: { fields: { publicKey: spki } } }).der }
    },
  },
  {
    ...{
      id: '53a',
      name: 'RSA e = 1',
      rule: 'RFC 8017 §3.1',
      ...both('weak-key'),
      notOfSm2: noRsa,
    },
    make: fields({ publicKey: rsaKey(2_048, Uint8Array.of(1)) }),
  },
  {
    ...{ id: '53b', name: 'RSA e = 2^64', rule: 'RFC 8017 §3.1: odd' },
    ...{ ...both('weak-key'), notOfSm2: noRsa },
    make: fields({ publicKey: rsaKey(2_048, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0)) }),
  },
  {
    ...{ id: '54a', name: 'RSA of 512 bits', rule: 'our limit: 2,048' },
    ...{ ...both('weak-key'), notOfSm2: noRsa },
    make: fields({ publicKey: rsaKey(512) }),
  },
  {
    ...{ id: '54b', name: 'RSA of 16,384 bits', rule: 'our limit: 8,192' },
    ...{ ...both('weak-key'), notOfSm2: noRsa },
    make: fields({ publicKey: rsaKey(16_384) }),
  },
]

function unknown(): { readonly other: readonly Extension[] } {
  return { other: [extension('1.2.3.4', { isCritical: true, value: sequence() })] }
}

/** A public key nobody has the other half of: it signs nothing here. */
function rsaKey(bits: number, exponent: Uint8Array = Uint8Array.of(1, 0, 1)): Uint8Array {
  const modulus = randomBytes(bits / 8)
  modulus[0] = (modulus[0] ?? 0) | 0x80
  modulus[modulus.length - 1] = (modulus.at(-1) ?? 0) | 1
  return sequence(
    sequence(oid('1.2.840.113549.1.1.1'), der(tags.null)),
    bitString(sequence(unsigned(modulus), unsigned(exponent))),
  )
}
