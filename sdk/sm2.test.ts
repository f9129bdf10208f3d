import { execFileSync } from 'node:child_process'
import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { verifyCertificateSignature } from './algorithm.ts'
import { readPlainSignature } from './algorithm/plain.ts'
import { utf8 } from './primitives.ts'
import { isSm2, signSm2, sm2PublicKey, verifySm2 } from './sm2.ts'
import { generator, n, tableOf, xOfSum } from './sm2/curve.ts'

const oid = '1.2.156.10197.1.501'
const pair = generateKeyPairSync('ec', { namedCurve: 'SM2' })
const { publicKey, privateKey } = pair
const message = utf8('一条消息')
const good = signSm2(privateKey, message)

function bytes(number: bigint): Uint8Array {
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex')
}

describe('a signature', () => {
  const r = BigInt(`0x${Buffer.from(good.subarray(0, 32)).toString('hex')}`)
  const s = BigInt(`0x${Buffer.from(good.subarray(32)).toString('hex')}`)
  const max = 2n ** 256n - 1n

  test('holds for its key and its message, with and without table', () => {
    for (let met = 0; met < 12; met += 1) {
      expect(verifySm2(publicKey, message, good)).toBe(true)
      expect(verifySm2(publicKey, utf8('another'), good)).toBe(false)
    }
    const other = generateKeyPairSync('ec', { namedCurve: 'SM2' }).publicKey
    expect(verifySm2(other, message, good)).toBe(false)
  })

  test('holds as in the example of GB/T 32918.5 A.2', () => {
    const x = '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020'
    const y = 'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13'
    const key = sm2PublicKey(Buffer.from(`04${x}${y}`, 'hex'))
    const theirs = Buffer.from(
      'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
        'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
      'hex',
    )
    expect(verifySm2(key, utf8('message digest'), theirs)).toBe(true)
    expect(verifySm2(key, utf8('message digest.'), theirs)).toBe(false)
  })

  test.for<readonly [string, bigint, bigint]>([
    ['r = 0', 0n, s],
    ['s = 0', r, 0n],
    ['both 0', 0n, 0n],
    ['r = n', n, s],
    ['s = n', r, n],
    ['r one lap further', (r + n) & max, s],
    ['s one lap further', r, (s + n) & max],
    ['r + s = n', r, n - r],
    ['-s', r, n - s],
    ['-r', n - r, s],
    ['r and s exchanged', s, r],
    ['all ones', max, max],
    ['1 and 1', 1n, 1n],
  ])('with %s does not hold', ([, changedR, changedS]) => {
    const changed = Buffer.concat([bytes(changedR), bytes(changedS)])
    expect(verifySm2(publicKey, message, changed)).toBe(false)
  })

  test.for([0, 63, 65, 128])('of %d bytes does not hold', (length) => {
    expect(verifySm2(publicKey, message, Buffer.concat([good, good]).subarray(0, length))).toBe(
      false,
    )
  })

  test('does not hold with any bit turned', () => {
    fc.assert(
      fc.property(fc.nat(good.length * 8 - 1), (bit) => {
        const changed = Uint8Array.from(good)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(verifySm2(publicKey, message, changed)).toBe(false)
      }),
      { numRuns: 40 },
    )
  })

  test('is never made by a public key, or one of another curve', () => {
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(() => signSm2(publicKey, message)).toThrow('unsupported-key')
    expect(() => signSm2(p256.privateKey, message)).toThrow('unsupported-key')
    expect(verifySm2(p256.publicKey, message, good)).toBe(false)
  })
})

describe('a signature in DER', () => {
  const [r, s] = [good.subarray(0, 32), good.subarray(32)]
  const integer = (content: Uint8Array, ...before: readonly number[]): Uint8Array =>
    Uint8Array.of(2, before.length + content.length, ...before, ...content)
  const shortest = (content: Uint8Array): Uint8Array => {
    const digits = content.subarray(content.findIndex((byte) => byte !== 0))
    return (digits[0] ?? 0) < 0x80 ? integer(digits) : integer(digits, 0)
  }
  const pairOf = (...parts: readonly Uint8Array[]): Uint8Array => {
    const content = Buffer.concat(parts)
    return Uint8Array.of(0x30, content.length, ...content)
  }

  test('is the same signature', () => {
    expect(readPlainSignature(pairOf(shortest(r), shortest(s)), 64)).toEqual(Buffer.from(good))
    expect(readPlainSignature(pairOf(integer(Uint8Array.of(1)), shortest(s)), 64)).toHaveLength(64)
  })

  test.for<readonly [string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['r‖s', good],
    ['one number', pairOf(shortest(r))],
    ['three numbers', pairOf(shortest(r), shortest(s), shortest(s))],
    ['a number below zero', pairOf(integer(Uint8Array.of(0x80)), shortest(s))],
    ['a longer zero', pairOf(integer(r, 0, 0), shortest(s))],
    ['33 bytes', pairOf(integer(r, 1), shortest(s))],
    ['something behind', Buffer.concat([pairOf(shortest(r), shortest(s)), Uint8Array.of(0)])],
  ])('is not %s', ([, der]) => {
    expect(readPlainSignature(der, 64)).toBeUndefined()
    expect(verifyCertificateSignature(oid, publicKey, message, der)).toBe(false)
  })
})

describe('the curve, beside that of OpenSSL', () => {
  const ways = [generator, tableOf(generator)] as const
  const scalar = fc.bigInt({ min: 1n, max: n - 1n })

  /** The x coordinate of k·G as OpenSSL computes it, undefined at infinity. */
  function theirs(k: bigint): bigint | undefined {
    if (k === 0n) return undefined
    const ecdh = createECDH('SM2')
    ecdh.setPrivateKey(bytes(k))
    return BigInt(`0x${ecdh.getPublicKey('hex').slice(2, 66)}`)
  }

  test('s·G + t·G is (s + t)·G, by point and by table', () => {
    fc.assert(
      fc.property(scalar, scalar, (s, t) => {
        for (const way of ways) expect(xOfSum(s, t, way)).toBe(theirs((s + t) % n))
      }),
      { numRuns: 10 },
    )
  })

  test.for<readonly [string, bigint, bigint]>([
    ['both 1, where adding is doubling', 1n, 1n],
    ['2 and 2', 2n, 2n],
    ['one window above another', 64n, 64n],
    ['both half of the order', (n + 1n) / 2n, (n + 1n) / 2n],
    ['the largest and 3', n - 1n, 3n],
    ['a point and its opposite', n - 1n, 1n],
    ['a multiple and its opposite', n - 63n, 63n],
    ['a large one and its opposite', n / 3n, n - n / 3n],
  ])('adds %s', ([, s, t]) => {
    for (const way of ways) expect(xOfSum(s, t, way)).toBe(theirs((s + t) % n))
  })
})

describe('a key', () => {
  test('is known for what it is', () => {
    expect(isSm2(publicKey)).toBe(true)
    expect(isSm2(privateKey)).toBe(true)
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' })
    const imported = createPrivateKey(pem)
    expect(imported.asymmetricKeyType).toBeUndefined()
    expect(isSm2(imported)).toBe(true)
    expect(isSm2(createPublicKey(imported))).toBe(true)
    expect(verifySm2(publicKey, message, signSm2(imported, message))).toBe(true)
    for (const other of ['P-256', 'secp256k1']) {
      expect(isSm2(generateKeyPairSync('ec', { namedCurve: other }).publicKey)).toBe(false)
    }
    expect(isSm2(generateKeyPairSync('ed25519').publicKey)).toBe(false)
  })

  test('is made of a point on the curve only', () => {
    const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-65)
    expect(verifySm2(sm2PublicKey(point), message, good)).toBe(true)
    const beside = Uint8Array.from(point)
    beside[64] = (beside[64] ?? 0) ^ 1
    for (const wrong of [beside, point.subarray(1), new Uint8Array(65), Buffer.alloc(65, 255)]) {
      expect(() => sm2PublicKey(wrong)).toThrow('unsupported-key')
    }
  })
})

const tools = hasOpenssl() ? describe : describe.skip

tools('OpenSSL agrees', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sm2-'))
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })
  const at = (name: string): string => join(folder, name)
  const openssl = (...args: readonly string[]): string =>
    execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const how = ['-rawin', '-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678']

  test('with what we signed, and we with what it signed', () => {
    openssl('genpkey', '-algorithm', 'SM2', '-out', at('key.pem'))
    openssl('pkey', '-in', at('key.pem'), '-pubout', '-out', at('public.pem'))
    const key = createPrivateKey(readFileSync(at('key.pem')))
    for (const length of [0, 1, 300]) {
      const told = randomBytes(length)
      writeFileSync(at('message'), told)
      openssl(
        ...['pkeyutl', '-sign', '-inkey', at('key.pem'), ...how],
        ...['-in', at('message'), '-out', at('theirs')],
      )
      const theirs = readFileSync(at('theirs'))
      expect(verifyCertificateSignature(oid, createPublicKey(key), told, theirs)).toBe(true)
      writeFileSync(at('ours'), derOf(signSm2(key, told)))
      const verified = openssl(
        ...['pkeyutl', '-verify', '-pubin', '-inkey', at('public.pem'), ...how],
        ...['-in', at('message'), '-sigfile', at('ours')],
      )
      expect(verified).toContain('Signature Verified Successfully')
    }
  })
})

function derOf(signature: Uint8Array): Uint8Array {
  const parts = [signature.subarray(0, 32), signature.subarray(32)].map((part) => {
    const digits = part.subarray(part.findIndex((byte) => byte !== 0))
    const content = (digits[0] ?? 0) < 0x80 ? digits : Uint8Array.of(0, ...digits)
    return Uint8Array.of(2, content.length, ...content)
  })
  const content = Buffer.concat(parts)
  return Uint8Array.of(0x30, content.length, ...content)
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    if (process.env['ZT_REQUIRE_TOOLS'] === '1') throw new Error('openssl is required here')
    process.stdout.write('skipped: openssl is not installed\n')
    return false
  }
}
