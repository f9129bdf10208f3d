/** The extensions of a certificate, made: thin names over @peculiar/x509 and the DER writer. */
import 'reflect-metadata'
import type { KeyObject } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { extensionOids } from '../sdk/certificate/extension.ts'
import { contextTag } from '../sdk/der-value.ts'
import { sha256 } from '../sdk/primitives.ts'
import { der, integer, octets, sequence } from './der-writer.ts'
import { nameDer } from './make.ts'
import type { NameParts } from './make.ts'

/** RFC 7093 §2, method 1 over the whole key info: 20 bytes that depend on nothing but the key. */
function keyIdOf(publicKey: KeyObject): Uint8Array {
  return sha256(publicKey.export({ format: 'der', type: 'spki' })).subarray(0, 20)
}

export function keyIds(subject: KeyObject, issuer: KeyObject): x509.Extension[] {
  const authority = sequence(der(contextTag(0, 'primitive'), keyIdOf(issuer)))
  const { subjectKeyId, authorityKeyId } = extensionOids
  return [
    extension(subjectKeyId, { isCritical: false, value: octets(keyIdOf(subject)) }),
    extension(authorityKeyId, { isCritical: false, value: authority }),
  ]
}

export function caConstraints(pathLength?: number): x509.Extension {
  return new x509.BasicConstraintsExtension(true, pathLength, true)
}

export function caUsage(): x509.Extension {
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags
  return new x509.KeyUsagesExtension(keyCertSign | cRLSign, true)
}

export function signingUsage(): x509.Extension {
  return new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)
}

export function purposes(...oids: readonly string[]): x509.Extension {
  return new x509.ExtendedKeyUsageExtension([...oids], true)
}

export function departmentName(code: string): x509.Extension {
  const value = `urn:zhengtong:department:${code}`
  return new x509.SubjectAlternativeNameExtension([{ type: 'url', value }])
}

/** A development server is reached on the machine it runs on, and nowhere else. */
export function thisMachine(): x509.Extension {
  return new x509.SubjectAlternativeNameExtension([
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ])
}

/** Only names at or below these bases (RFC 5280 §4.2.1.10). */
export function permittedNames(...bases: readonly NameParts[]): x509.Extension {
  const subtrees = bases.map((base) => sequence(der(contextTag(4, 'constructed'), nameDer(base))))
  return extension(extensionOids.nameConstraints, {
    isCritical: true,
    value: sequence(der(contextTag(0, 'constructed'), ...subtrees)),
  })
}

/** A CRL's number (RFC 5280 §5.2.3): larger with every list. */
export function crlNumber(number: number): x509.Extension {
  return extension('2.5.29.20', { isCritical: false, value: integer(number) })
}

export function extension(
  oid: string,
  { isCritical, value }: { readonly isCritical: boolean; readonly value: Uint8Array },
): x509.Extension {
  return new x509.Extension(oid, isCritical, Uint8Array.from(value))
}
