import {
  constants,
  generateKeyPairSync,
  hash as hashByNode,
  randomBytes as randomByNode,
  sign,
} from 'node:crypto'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as compression from '../compression.ts'
import * as compressionTwin from '../compression.browser.ts'
import * as primitives from '../primitives.ts'
import * as twin from '../primitives.browser.ts'
import type { DigestName } from './digest.ts'
import { digestLengths } from './digest.ts'
import * as keys from './key.ts'
import * as keysTwin from './key.browser.ts'

/** Plain, because a Buffer is never equal to it. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)
const anyBytes = fc.uint8Array({ maxLength: 300 })

test('a twin has the names of what it stands for, and no others', () => {
  expect(Object.keys(twin).sort()).toEqual(Object.keys(primitives).sort())
  expect(Object.keys(keysTwin).sort()).toEqual(Object.keys(keys).sort())
  expect(Object.keys(compressionTwin).sort()).toEqual(Object.keys(compression).sort())
})

describe('bytes', () => {
  test.for(['hex', 'base64', 'base64url', 'latin1'] as const)('are written as %s', (form) => {
    fc.assert(
      fc.property(anyBytes, fc.nat(20), fc.nat(300), (bytes, from, to) => {
        const text = Buffer.from(bytes).toString(form)
        expect(twin.toText(bytes, form)).toBe(text)
        expect(twin.fromText(text, form)).toEqual(bytes)
        const part = Buffer.from(bytes).toString(form, from, Math.max(from, to))
        expect(twin.toText(bytes, form, from, Math.max(from, to))).toBe(part)
      }),
    )
  })

  test.for(['Zg', 'Zh==', 'Zg==\n', ' Zg==', 'Z-==', 'Z', 'Zg=', '€', 'Zm9v=', '=', '\0'])(
    'of what is no canonical base64 have another text: %j',
    (text) => {
      expect(twin.toText(twin.fromText(text, 'base64'), 'base64')).not.toBe(text)
      const url = `${text}+`
      expect(twin.toText(twin.fromText(url, 'base64url'), 'base64url')).not.toBe(url)
    },
  )

  test('are compared, joined and searched', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, fc.nat(10), (a, b, from) => {
        expect(Math.sign(twin.compareBytes(a, b))).toBe(Buffer.compare(a, b))
        expect(twin.equalBytes(a, b)).toBe(primitives.equalBytes(a, b))
        expect(twin.equalBytes(a, plain(a))).toBe(true)
        expect(twin.concatBytes(a, b)).toEqual(plain(Buffer.concat([a, b])))
        const text = Buffer.from(b.subarray(0, 2)).toString('latin1')
        if (text !== '') {
          expect(twin.indexOfText(a, text, from)).toBe(primitives.indexOfText(a, text, from))
        }
      }),
    )
    expect(twin.compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBeLessThan(0)
  })

  test('are hashed', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.string({ unit: 'binary' }),
        (bytes, text) => {
          // The names of a constant are the names it has.
          for (const name of Object.keys(digestLengths) as DigestName[]) {
            expect(twin.digestOf(name, bytes)).toEqual(plain(hashByNode(name, bytes, 'buffer')))
          }
          expect(twin.sha1(bytes)).toEqual(plain(primitives.sha1(bytes)))
          expect(twin.sha256(bytes, bytes)).toEqual(plain(primitives.sha256(bytes, bytes)))
          expect(twin.sha256Characters(bytes)).toBe(primitives.sha256Characters(bytes))
          expect(twin.digestText(text, 'sha384')).toBe(primitives.digestText(text, 'sha384'))
          const key = Uint8Array.of(1, 2, 3)
          expect(twin.hmacSha256(key, bytes)).toEqual(plain(primitives.hmacSha256(key, bytes)))
          expect(twin.utf8(text)).toEqual(plain(primitives.utf8(text)))
        },
      ),
    )
  })

  test('are unpacked within bounds, and only when they are whole', () => {
    const content = Buffer.concat([Buffer.alloc(90_000, 7), randomByNode(90_000)])
    const stream = deflateSync(content)
    const behind = Buffer.concat([stream, stream])
    const changed = (at: number): Buffer => {
      const other = Buffer.from(stream)
      other[at < 0 ? other.length + at : at] = (other.at(at) ?? 0) ^ 1
      return other
    }
    const cases: [Uint8Array, number][] = [
      ...[content.length, content.length - 1, 2 * content.length].map(
        (max): [Uint8Array, number] => [stream, max],
      ),
      ...[behind, stream.subarray(0, -1), stream.subarray(0, -5), stream.subarray(0, 1)].map(
        (bytes): [Uint8Array, number] => [bytes, 1_000_000],
      ),
      ...[0, 1, 2, 300, -1, -4].map((at): [Uint8Array, number] => [changed(at), 1_000_000]),
      [deflateSync(Buffer.alloc(0)), 1],
      [new Uint8Array(0), 1],
      [deflateSync(Buffer.alloc(5_000_000)), 100_000],
    ]
    for (const [bytes, max] of cases) {
      const ours = compressionTwin.inflate(bytes, max)
      const nodes = compression.inflate(bytes, max)
      expect(
        ours && [Buffer.from(ours.content).equals(nodes?.content ?? content), ours.taken],
      ).toEqual(nodes && [true, nodes.taken])
    }
    expect(compressionTwin.inflate(stream, content.length)?.taken).toBe(stream.length)
    expect(compressionTwin.inflate(behind, content.length)?.taken).toBe(stream.length)
    const packed = compressionTwin.deflate(content)
    expect(Buffer.from(compression.inflate(packed, content.length)?.content ?? [])).toEqual(content)
  })
})

const message = Buffer.from('a message')
const pss = constants.RSA_PKCS1_PSS_PADDING
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const signers = [
  ...(['sha256', 'sha384', 'sha512'] as const).flatMap((hash) => [
    ...['prime256v1', 'secp384r1', 'secp521r1'].map((namedCurve) => {
      const pair = generateKeyPairSync('ec', { namedCurve })
      return { ...pair, hash, saltLength: undefined, name: `${namedCurve} ${hash}` }
    }),
    { ...rsa, hash, saltLength: undefined, name: `PKCS #1 ${hash}` },
    { ...rsa, hash, saltLength: 20, name: `PSS ${hash} 20` },
    { ...rsa, hash, saltLength: digestLengths[hash], name: `PSS ${hash}` },
  ]),
  { ...generateKeyPairSync('ed25519'), hash: null, saltLength: undefined, name: 'Ed25519' },
]

describe.for(signers)('a signature of $name', ({ privateKey, publicKey, hash, saltLength }) => {
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const how = saltLength === undefined ? {} : { padding: pss, saltLength }
  const signature = plain(sign(hash, message, { key: privateKey, ...how }))
  const key = keysTwin.keyOfSpki(spki)
  const holds = (changes: Partial<Parameters<typeof keysTwin.verify>[0]>): boolean =>
    keysTwin.verify({ key, hash, message, signature, saltLength, ...changes })

  test('holds, and for nothing else', () => {
    expect(holds({})).toBe(true)
    expect(holds({ message: Buffer.from('a massage') })).toBe(false)
    for (const at of [0, 3, signature.length >> 1, signature.length - 1]) {
      expect(holds({ signature: signature.with(at, (signature[at] ?? 0) ^ 1) })).toBe(false)
    }
    expect(holds({ signature: signature.subarray(1) })).toBe(false)
    expect(holds({ signature: Uint8Array.of(0, ...signature) })).toBe(false)
    expect(holds({ hash: hash === 'sha256' ? 'sha512' : 'sha256' })).toBe(false)
    if (saltLength !== undefined) expect(holds({ saltLength: saltLength + 1 })).toBe(false)
  })

  test('is of a key that is what Node says', () => {
    expect(key.asymmetricKeyType).toBe(publicKey.asymmetricKeyType)
    expect(key.asymmetricKeyDetails).toEqual(publicKey.asymmetricKeyDetails)
    expect(keysTwin.jwkOf(key)).toEqual(publicKey.export({ format: 'jwk' }))
    expect(keysTwin.spkiOf(key)).toEqual(plain(spki))
    const again = keysTwin.keyOfJwk(keysTwin.jwkOf(key))
    expect(keysTwin.spkiOf(again)).toEqual(plain(spki))
  })
})

describe('keys', () => {
  test('that sign are none here, and nothing is signed', () => {
    const pkcs8 = rsa.privateKey.export({ format: 'der', type: 'pkcs8' })
    expect(() => keysTwin.keyOfSpki(pkcs8)).toThrow('invalid-der')
    for (const refused of [keysTwin.sign, keysTwin.pkcs8Of, keysTwin.randomSm2]) {
      expect(refused).toThrow('unsupported-key')
    }
  })

  test('that others made are no keys', () => {
    expect(keysTwin.isKey(rsa.publicKey)).toBe(false)
    expect(keysTwin.isKey({ type: 'public', asymmetricKeyType: 'rsa' })).toBe(false)
    expect(keysTwin.isKey(null)).toBe(false)
  })

  test('of PSS that are bound are known as such', () => {
    const bound = { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256' }
    const pair = generateKeyPairSync('rsa-pss', { modulusLength: 2048, ...bound })
    const key = keysTwin.keyOfSpki(pair.publicKey.export({ format: 'der', type: 'spki' }))
    expect(key.asymmetricKeyType).toBe('rsa-pss')
    expect(key.asymmetricKeyDetails).toEqual(pair.publicKey.asymmetricKeyDetails)
  })

  test('off their curve are refused', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const spki = plain(publicKey.export({ format: 'der', type: 'spki' }))
    const off = spki.with(-1, (spki.at(-1) ?? 0) ^ 1)
    expect(() => keysTwin.keyOfSpki(off)).toThrow('unsupported-key')
  })
})
