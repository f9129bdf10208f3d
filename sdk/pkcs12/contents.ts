/**
 * What a key store holds (RFC 7292 §4): keys and certificates as bytes. node-forge takes the BER
 * apart, because many programs write no DER here; what is inside is read by our own code.
 */
import forge from 'node-forge'
import type { Encryption, Password, Salted } from './password.ts'

export interface Contents {
  /** As PKCS #8. */
  readonly keys: readonly Uint8Array[]
  readonly certificates: readonly Uint8Array[]
}

type Node = forge.asn1.Asn1

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
} as const

const storeVersion = 3
const tags = { octets: 0x04, oid: 0x06, sequence: 0x10, zero: 0x80 } as const

const macHashes = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
} as const

/** The functions of PBKDF2 (RFC 8018 §B.1); the first when none is named. */
const derivations = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
} as const

const ciphers = {
  '1.2.840.113549.3.7': 'des-ede3-cbc',
  '2.16.840.1.101.3.4.1.2': 'aes-128-cbc',
  '2.16.840.1.101.3.4.1.22': 'aes-192-cbc',
  '2.16.840.1.101.3.4.1.42': 'aes-256-cbc',
} as const

/** RFC 7292 §C. */
const legacyCiphers = {
  '1.2.840.113549.1.12.1.3': 'des-ede3-cbc',
  '1.2.840.113549.1.12.1.6': 'rc2-40-cbc',
} as const

/** Whoever cannot make the MAC may have put in keys of his own, so a store without one is refused. */
export function readContents(bytes: Uint8Array, password: Password): Contents {
  const [version, safe, mac] = fieldsOf(parse(bytes))
  if (!version || forge.asn1.derToInteger(textOf(version)) !== storeVersion) refuse('version')
  const content = octetsOf(contentOf(safe, oids.data))
  if (!password.isMacOf(content, macOf(mac))) refuse('mac')
  const bags = fieldsOf(parse(content))
    .map((part) => openSafe(part, password))
    .flatMap((opened) => fieldsOf(parse(opened)))
    .map((bag) => openBag(bag, password))
  return {
    keys: bags.flatMap(({ key }) => key ?? []),
    certificates: bags.flatMap(({ certificate }) => certificate ?? []),
  }
}

function macOf(node: Node | undefined): Parameters<Password['isMacOf']>[1] {
  const [info, salt, iterations] = fieldsOf(node)
  const [algorithm, value] = fieldsOf(info)
  return {
    ...{ hash: named(macHashes, fieldsOf(algorithm)[0]), value: octetsOf(value) },
    ...salted(salt, iterations),
  }
}

function openSafe(part: Node, password: Password): Uint8Array {
  if (oidOf(fieldsOf(part)[0]) !== oids.encryptedData) return octetsOf(contentOf(part, oids.data))
  const [, info] = fieldsOf(contentOf(part, oids.encryptedData))
  const [type, algorithm, content] = fieldsOf(info)
  if (oidOf(type) !== oids.data) refuse('content')
  return password.decrypt(octetsOf(content), encryptionOf(algorithm))
}

/** One of the two; a bag of another kind is refused, because nobody would know what it was for. */
function openBag(
  node: Node,
  password: Password,
): { readonly key?: Uint8Array; readonly certificate?: Uint8Array } {
  const [type, value] = fieldsOf(node)
  const inner = explicit(value)
  switch (oidOf(type)) {
    case oids.keyBag: {
      return { key: bytesOf(forge.asn1.toDer(inner).getBytes()) }
    }
    case oids.shroudedKeyBag: {
      const [algorithm, content] = fieldsOf(inner)
      return { key: password.decrypt(octetsOf(content), encryptionOf(algorithm)) }
    }
    case oids.certificateBag: {
      return { certificate: octetsOf(contentOf(inner, oids.x509Certificate)) }
    }
    default: {
      return refuse('bag')
    }
  }
}

function encryptionOf(node: Node | undefined): Encryption {
  const [type, parameters] = fieldsOf(node)
  const [first, second] = fieldsOf(parameters)
  if (oidOf(type) !== oids.pbes2) {
    return { cipher: named(legacyCiphers, type), ...salted(first, second) }
  }
  const [derivation, derivationParameters] = fieldsOf(first)
  if (oidOf(derivation) !== oids.pbkdf2) refuse('derivation')
  const [salt, iterations, ...more] = fieldsOf(derivationParameters)
  // Before the function may stand the length of the key, which the cipher says as well.
  const hash = more.find(({ constructed }) => constructed)
  const [cipher, iv] = fieldsOf(second)
  return {
    hash: hash ? named(derivations, fieldsOf(hash)[0]) : 'sha1',
    ...{ cipher: named(ciphers, cipher), iv: octetsOf(iv), ...salted(salt, iterations) },
  }
}

function salted(salt: Node | undefined, iterations: Node | undefined): Salted {
  const count = iterations ? forge.asn1.derToInteger(textOf(iterations)) : 1 // The default of a MAC.
  if (count < 1) refuse('iterations')
  return { salt: octetsOf(salt), iterations: count }
}

/** What stands in the [0] after this type. */
function contentOf(node: Node | undefined, type: string): Node {
  const [found, content] = fieldsOf(node)
  if (oidOf(found) !== type) refuse('content')
  return explicit(content)
}

/** What stands in a [0]. */
function explicit(node: Node | undefined): Node {
  const { value } = node ?? refuse('type')
  if (tagOf(node) !== tags.zero) refuse('type')
  return (Array.isArray(value) ? value[0] : undefined) ?? refuse('type')
}

function named<Name extends string>(
  names: Readonly<Record<string, Name>>,
  node: Node | undefined,
): Name {
  const oid = oidOf(node)
  return (Object.hasOwn(names, oid) ? names[oid] : undefined) ?? refuse('algorithm')
}

function oidOf(node: Node | undefined): string {
  if (!node || tagOf(node) !== tags.oid) refuse('type')
  return forge.asn1.derToOid(textOf(node))
}

function fieldsOf(node: Node | undefined): readonly Node[] {
  const value = tagOf(node) === tags.sequence ? node?.value : undefined
  return Array.isArray(value) ? value : refuse('type')
}

/** Of an OCTET STRING, or of the [0] that stands for one; BER may cut it into pieces. */
function octetsOf(node: Node | undefined): Uint8Array {
  const { value } = node ?? refuse('type')
  const tag = tagOf(node)
  if (tag !== tags.octets && tag !== tags.zero) refuse('type')
  return bytesOf(Array.isArray(value) ? value.map(textOf).join('') : value)
}

/** The identifier octet without the bit that says whether there are parts: BER may choose it. */
function tagOf(node: Node | undefined): number {
  return node ? node.tagClass + node.type : refuse('type')
}

function textOf({ value }: Node): string {
  return Array.isArray(value) ? refuse('type') : value
}

function parse(bytes: Uint8Array): Node {
  return forge.asn1.fromDer(Buffer.from(bytes).toString('binary'))
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'binary')
}

/** Whatever is thrown here is one refusal to whoever reads the store. */
function refuse(what: string): never {
  throw new RangeError(`not a key store: ${what}`)
}
