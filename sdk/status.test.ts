import { generateKeyPairSync } from 'node:crypto'
import { deflateRawSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBase64url, toBase64url } from './base64url.ts'
import type { JsonObject } from './json.ts'
import { signJws } from './jws.ts'
import { Problem } from './problem.ts'
import { bitstringSubject, encodeBitstring } from './status/bitstring.ts'
import {
  decodeStatusList,
  encodeStatusList,
  isRolledBack,
  meaningOf,
  statusAt,
  statusLimits,
  verifyStatusList,
} from './status.ts'
import type { StatusBits, StatusQuestion } from './status.ts'

const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const uri = 'https://example.gov.cn/status-lists/7'
const iat = 1_790_000_000
const at = new Date((iat + 10) * 1000)
const packed = encodeStatusList({ bits: 2, statuses: [0, 1, 2, 3] })
const allBits = [1, 2, 4, 8] as const

function token(change: object = {}, header: object = {}): string {
  const claims = { sub: uri, iat, exp: iat + 900, ttl: 300, status_list: packed, ...change }
  return signJws({
    header: { typ: 'statuslist+jwt', ...header },
    payload: JSON.stringify(claims),
    key,
  })
}

function verdict(made: string, asked: Partial<StatusQuestion> = {}): string {
  const answer = verifyStatusList(made, publicKey, { uri, at, ...asked })
  return answer.ok ? 'ok' : answer.code
}

function refusal(work: () => unknown): string {
  try {
    return `no refusal: ${String(work())}`
  } catch (thrown) {
    return thrown instanceof Problem ? `${thrown.code} ${String(thrown.detail['rule'])}` : 'error'
  }
}

describe('the bits of a list', () => {
  test('stand as in the examples of the draft, from the lowest bit on', () => {
    const one = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    expect(encodeStatusList({ bits: 1, statuses: one })).toEqual({ bits: 1, lst: 'eNrbuRgAAhcBXQ' })
    expect([...decodeStatusList({ bits: 1, lst: 'eNrbuRgAAhcBXQ' }).bytes]).toEqual([0xb9, 0xa3])
    const two = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
    expect(encodeStatusList({ bits: 2, statuses: two }).lst).toBe('eNo76fITAAPfAgc')
    const list = decodeStatusList({ bits: 2, lst: 'eNo76fITAAPfAgc' })
    expect([...list.bytes]).toEqual([0xc9, 0x44, 0xf9])
    expect(two.map((_, index) => statusAt(list, index))).toEqual(two)
  })

  test.for(allBits)('of %d a status are read as they were written', (bits) => {
    const statuses = fc.array(fc.nat(2 ** bits - 1), { maxLength: 100 })
    fc.assert(
      fc.property(statuses, (written) => {
        const list = decodeStatusList(encodeStatusList({ bits, statuses: written }))
        const read = Array.from({ length: list.length }, (_, index) => statusAt(list, index))
        const full = Math.ceil((written.length * bits) / 8) * (8 / bits)
        expect(read).toEqual([...written, ...Array<number>(full - written.length).fill(0)])
      }),
      { numRuns: 30 },
    )
  })

  test.for([
    [1, [0, 2]],
    [1, [-1]],
    [2, [4]],
    [4, [16]],
    [8, [256]],
    [8, [0.5]],
    [8, [Number.NaN]],
  ] as const)('of %d hold no %j', ([bits, statuses]) => {
    expect(refusal(() => encodeStatusList({ bits, statuses }))).toBe('invalid-status-list status')
  })

  test.for([0, 3, 5, 16, -1, Number.NaN, '1', null])('are never %j', (bits) => {
    const wrong = bits as StatusBits
    expect(refusal(() => encodeStatusList({ bits: wrong, statuses: [0] }))).toMatch(/list bits$/)
    expect(refusal(() => decodeStatusList({ ...packed, bits: wrong }))).toMatch(/list bits$/)
  })

  test.for([-1, 4, 2 ** 31, 2 ** 32, 0.5, -0.5, Number.NaN, Infinity])(
    'have no status at %d, which is not the same as valid',
    (index) => {
      const list = decodeStatusList(packed)
      expect(refusal(() => statusAt(list, index))).toBe('invalid-status-list index')
    },
  )

  test('mean what the registry of the draft says', () => {
    const meanings = Array.from({ length: 256 }, (_, status) => meaningOf(status))
    const own = 'application-specific'
    expect(meanings.slice(0, 4)).toEqual(['valid', 'invalid', 'suspended', own])
    expect(meanings.slice(12, 16)).toEqual([own, own, own, own])
    expect(meanings.filter((meaning) => meaning !== undefined)).toHaveLength(8)
  })
})

test('the key of a list may be one of a set', () => {
  const jwk = publicKey.export({ format: 'jwk' }) as JsonObject
  const keys = {
    keys: [
      { ...jwk, kid: '11' },
      { ...jwk, kid: '12' },
    ],
  }
  expect(verifyStatusList(token({}, { kid: '12' }), keys, { uri, at })).toMatchObject({ ok: true })
  expect(verifyStatusList(token(), keys, { uri, at })).toEqual({ ok: false, code: 'unknown-key' })
})

describe('a packed list is refused', () => {
  const zeros = (length: number): Uint8Array => deflateSync(new Uint8Array(length), { level: 9 })
  test.for<readonly [string, Uint8Array]>([
    ['with bytes behind it', Buffer.concat([zeros(4), Buffer.from([0])])],
    ['followed by another one', Buffer.concat([zeros(4), zeros(4)])],
    ['cut off', zeros(4).subarray(0, -1)],
    ['with a wrong checksum', zeros(4).with(-1, 0x77)],
    ['of nothing', new Uint8Array()],
    ['a byte larger than the limit', zeros(statusLimits.listBytes + 1)],
  ])('%s', ([, stream]) => {
    const lst = toBase64url(stream)
    expect(refusal(() => decodeStatusList({ bits: 1, lst }))).toBe('invalid-status-list lst')
  })

  test('only beyond the limit', () => {
    const lst = toBase64url(zeros(statusLimits.listBytes))
    expect(decodeStatusList({ bits: 1, lst }).length).toBe(statusLimits.listBytes * 8)
  })

  test.for(['=', ' ', '\n'])('with %j behind its base64url', (tail) => {
    expect(refusal(() => decodeStatusList({ ...packed, lst: packed.lst + tail }))).toMatch(/^inval/)
  })
})

/** The numbers are those of the rules of validation in the draft, §8.3. */
describe('a signed list', () => {
  test('is believed, also by the second, with other claims, without ttl or without exp', () => {
    for (const change of [{}, { ttl: undefined }, { exp: undefined }, { iss: 'x', jti: 'y' }]) {
      expect(verdict(token(change))).toBe('ok')
    }
    expect(verdict(token({}, { kid: '12' }))).toBe('ok')
    const answer = verifyStatusList(token(), publicKey, { uri, at })
    expect(answer.ok && [answer.list.ttl, answer.list.uri, statusAt(answer.list, 2)]).toEqual([
      ...[300, uri, 2],
    ])
  })

  test.for<readonly [string, () => string, string]>([
    ['3a of the type of a CWT', () => token({}, { typ: 'statuslist+cwt' }), 'wrong-typ'],
    ['3a of type JWT', () => token({}, { typ: 'JWT' }), 'wrong-typ'],
    ['3a of no type', () => token({}, { typ: undefined }), 'wrong-typ'],
    ['3a with a key of its own', () => token({}, { jwk: {} }), 'header-not-allowed'],
    ['3a with a list for its claims', () => signed('[]'), 'invalid-json'],
    ['3a with a claim twice', () => signed(`{"sub":"x","sub":"${uri}"}`), 'invalid-json'],
    ['3a that is cut', () => token().slice(0, -1), 'token-malformed'],
    ['3a for somebody', () => token({ aud: uri }), 'invalid-status-list'],
    ['3a not yet to be used', () => token({ nbf: iat + 100 }), 'status-list-from-future'],
    ['3a with a beginning in words', () => token({ nbf: `${iat}` }), 'invalid-status-list'],
    ['3b without an address', () => token({ sub: undefined }), 'invalid-status-list'],
    ['3b without a time', () => token({ iat: undefined }), 'invalid-status-list'],
    ['3b of no list', () => token({ status_list: undefined }), 'invalid-status-list'],
    [
      '3b of a list that is a text',
      () => token({ status_list: packed.lst }),
      'invalid-status-list',
    ],
    ['3b without bits', () => token({ status_list: { lst: packed.lst } }), 'invalid-status-list'],
    ['3b without content', () => token({ status_list: { bits: 1 } }), 'invalid-status-list'],
    [
      '4 of three bits',
      () => token({ status_list: { ...packed, bits: 3 } }),
      'invalid-status-list',
    ],
    [
      '4 of bits in words',
      () => token({ status_list: { ...packed, bits: '2' } }),
      'invalid-status-list',
    ],
    [
      '4 with content in numbers',
      () => token({ status_list: { bits: 1, lst: 7 } }),
      'invalid-status-list',
    ],
    [
      '4 that is one of many, at no address',
      () => token({ status_list: { ...packed, aggregation_uri: 7 } }),
      'invalid-status-list',
    ],
    ['4 with a negative time', () => token({ iat: -1 }), 'invalid-status-list'],
    ['4 with a time in words', () => token({ iat: `${iat}` }), 'invalid-status-list'],
    ['4a of another address', () => token({ sub: `${uri}/` }), 'status-list-of-other-address'],
    [
      '4a of an address in capitals',
      () => token({ sub: uri.toUpperCase() }),
      'status-list-of-other-address',
    ],
    ['4a of several addresses', () => token({ sub: [uri] }), 'invalid-status-list'],
    ['4b of the future', () => token({ iat: iat + 71 }), 'status-list-from-future'],
    ['4c that has ended', () => token({ exp: iat + 10 }), 'status-list-expired'],
    ['4c that ends as it begins', () => token({ exp: iat }), 'invalid-status-list'],
    ['4c that ends beyond all dates', () => token({ exp: 1e300 }), 'invalid-status-list'],
    ['4c with an end that is null', () => token({ exp: null }), 'invalid-status-list'],
    ['4c without any end', () => token({ exp: undefined, ttl: undefined }), 'invalid-status-list'],
    ['4d that lives no time', () => token({ ttl: 0 }), 'invalid-status-list'],
    ['4d that lives less than no time', () => token({ ttl: -1 }), 'invalid-status-list'],
    ['4d that lives in words', () => token({ ttl: '300' }), 'invalid-status-list'],
    ['4d that lived so long', () => token({ exp: undefined, ttl: 10 }), 'status-list-expired'],
    ['5 of what was not packed', () => listed(Buffer.alloc(4)), 'invalid-status-list'],
    [
      '5 packed without a head',
      () => listed(deflateRawSync(Buffer.alloc(4))),
      'invalid-status-list',
    ],
    ['5 packed as a file', () => listed(gzipSync(Buffer.alloc(4))), 'invalid-status-list'],
    [
      '5 packed by a word both must know',
      () => listed(deflateSync(Buffer.alloc(4), { dictionary: Buffer.from('0000') })),
      'invalid-status-list',
    ],
  ])('%s is not', ([, made, code]) => {
    expect(verdict(made())).toBe(code)
  })

  function signed(payload: string): string {
    return signJws({ header: { typ: 'statuslist+jwt' }, payload, key })
  }
  function listed(stream: Uint8Array): string {
    return token({ status_list: { bits: 1, lst: toBase64url(stream) } })
  }

  test('6 has no word on a position beyond its end, and 7 none on a status nobody defined', () => {
    const of = encodeStatusList({ bits: 4, statuses: [0, 7] })
    const answer = verifyStatusList(token({ status_list: of }), publicKey, { uri, at })
    if (!answer.ok) throw new Error(answer.code)
    expect([0, 1].map((index) => meaningOf(statusAt(answer.list, index)))).toEqual([
      ...['valid', undefined],
    ])
    expect(refusal(() => statusAt(answer.list, 2))).toBe('invalid-status-list index')
  })

  test.for([
    ['its last second', 899.999, 'ok'],
    ['its end', 900, 'status-list-expired'],
    ['a minute before it was signed', -60, 'ok'],
    ['more than a minute before', -60.001, 'status-list-from-future'],
    ['no time at all', Number.NaN, 'status-list-expired'],
  ] as const)('at %s: %d s, %s', ([, seconds, code]) => {
    expect(verdict(token(), { at: new Date((iat + seconds) * 1000) })).toBe(code)
  })

  test('without exp ends with its ttl', () => {
    const made = token({ exp: undefined })
    expect(verdict(made, { at: new Date((iat + 299) * 1000) })).toBe('ok')
    expect(verdict(made, { at: new Date((iat + 300) * 1000) })).toBe('status-list-expired')
  })

  test('has so many characters, and no more', () => {
    const { length } = token({ more: '' })
    const filled = (room: number): string => {
      const made = token({ more: 'x'.repeat(Math.floor(((room - length) * 3) / 4)) })
      return made
    }
    const { tokenLength } = statusLimits
    const [shorter, exact] = [filled(tokenLength - 1), filled(tokenLength)]
    expect(exact.length - shorter.length).toBeLessThanOrEqual(2)
    expect([shorter, exact].map((made) => verdict(made))).toEqual(['ok', 'ok'])
    expect(verdict(`${exact}${'A'.repeat(tokenLength + 1 - exact.length)}`)).toBe('token-too-large')
  })

  test('of another key is not', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const answer = verifyStatusList(token(), other.publicKey, { uri, at })
    expect(answer).toEqual({ ok: false, code: 'signature-invalid' })
  })
})

describe('a list from the past', () => {
  const seen = (issued: number, expires: number, of = uri) => ({
    ...{ uri: of, issuedAt: new Date(issued * 1000), expiresAt: new Date(expires * 1000) },
  })

  test.for([
    ['the same list', 0, 900, 'ok'],
    ['an older one', -1, 2_000, 'ok'],
    ['a newer one', 1, 900, 'status-list-rolled-back'],
    ['one that held longer', 0, 901, 'status-list-rolled-back'],
    ['one that held less long', 0, 899, 'ok'],
  ] as const)('after %s: %d, %d → %s', ([, issued, expires, code]) => {
    const lastSeen = seen(iat + issued, iat + expires)
    expect(verdict(token(), { lastSeen })).toBe(code)
    expect(isRolledBack(seen(iat, iat + 900), lastSeen)).toBe(code !== 'ok')
  })

  test('cannot be told by what was seen at another address, nor by no time', () => {
    const other = seen(iat, iat + 900, `${uri}0`)
    expect(verdict(token(), { lastSeen: other })).toBe('status-list-of-other-address')
    expect(verdict(token(), { lastSeen: seen(Number.NaN, iat) })).toBe('status-list-rolled-back')
  })
})

describe('the bitstring of the W3C', () => {
  const statuses = [1, 0, 2, 0, 0, 0, 0, 1, 2, 1]
  const list = decodeStatusList(encodeStatusList({ bits: 2, statuses }))
  const unpacked = (text: string): Uint8Array => gunzipSync(fromBase64url(text.slice(1)))

  test('has one bit for each status of its purpose, the first in the highest bit', () => {
    const revoked = new Uint8Array(16_384)
    revoked.set([0b1000_0001, 0b0100_0000])
    const suspended = new Uint8Array(16_384)
    suspended.set([0b0010_0000, 0b1000_0000])
    expect(Buffer.from(revoked).equals(unpacked(encodeBitstring(list, 'revocation')))).toBe(true)
    expect(Buffer.from(suspended).equals(unpacked(encodeBitstring(list, 'suspension')))).toBe(true)
  })

  test('is written as multibase base64url of gzip, and is never shorter than 16 KiB', () => {
    const none = decodeStatusList(encodeStatusList({ bits: 1, statuses: [] }))
    const encodedList = encodeBitstring(none, 'revocation')
    expect(encodedList).toMatch(/^uH4sI[A-Za-z0-9_-]+$/)
    // The empty list of the standard's own example.
    const example = 'uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA'
    expect(Buffer.from(unpacked(encodedList)).equals(unpacked(example))).toBe(true)
    expect(bitstringSubject(`${uri}#list`, none, 'revocation')).toEqual({
      ...{ id: `${uri}#list`, type: 'BitstringStatusList', statusPurpose: 'revocation' },
      encodedList,
    })
  })
})
