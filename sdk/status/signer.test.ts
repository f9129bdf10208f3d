import { deflateSync, gzipSync, inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  createIssuing,
  holder,
  issuingAt as at,
  market,
  platform,
  signerOf,
} from '../../test/issuing.ts'
import type { Issuing, Signer } from '../../test/issuing.ts'
import { fromBase64url, toBase64url } from '../base64url.ts'
import { signJws } from '../jws.ts'
import {
  encodeLicenceStatuses,
  licenceStatusAt,
  openStatusList,
  signStatusList,
  statusListLength,
  statusListTtl,
} from './signer.ts'
import type { LicenceStatus } from './signer.ts'
import { encodeStatusList } from '../status.ts'
import type { PackedStatusList } from '../status.ts'

const uri = 'https://exchange.test/status-lists/0'
const bits = 2
const listBytes = (statusListLength * bits) / 8
const seconds = at.getTime() / 1000
const empty = encodeLicenceStatuses(new Map())

let issuing: Issuing
/** The same office, signed with what a department's own authority could issue. */
let departmentSigner: Signer
beforeAll(async () => {
  issuing = await createIssuing({ market: [], police: [] })
  const { marketAuthority: issuer } = issuing
  departmentSigner = signerOf(await holder({ profile: 'status', owner: market, issuer }))
})

interface Opened {
  readonly uri?: string
  readonly at?: Date
}

function open(token: string, asked: Opened = {}): ReturnType<typeof openStatusList> {
  return openStatusList(token, { trust: issuing.trust, uri, at, ...asked })
}

function verdict(token: string, asked: Opened = {}): string {
  const opened = open(token, asked)
  return opened.ok ? 'ok' : opened.code
}

function signed(list = empty, signer: Signer = issuing.status): string {
  return signStatusList({ ...list, uri, at }, signer)
}

/** A token of the right signer with whatever else in it. */
function token(change: object, header: Readonly<Record<string, unknown>> = {}): string {
  const { key, chain } = issuing.status
  const x5c = chain.map((der) => Buffer.from(der).toString('base64'))
  const exp = seconds + statusListTtl
  return signJws({
    header: { typ: 'statuslist+jwt', x5c, ...header },
    payload: JSON.stringify({ sub: uri, iat: seconds, exp, status_list: empty, ...change }),
    key,
  })
}

/** A token around other bytes than a status list has. */
function tokenOf(lst: string, of: unknown = bits): string {
  return token({ status_list: { bits: of, lst } })
}

function statusAt(list: PackedStatusList, position: number): LicenceStatus | undefined {
  const opened = open(signed(list))
  if (!opened.ok) throw new Error(opened.code)
  return licenceStatusAt(opened.list, position)
}

describe('positions', () => {
  test('four stand in a byte, the first in the lowest bits', () => {
    const marked = new Map<number, LicenceStatus>([
      [0, 'invalid'],
      [1, 'suspended'],
      [3, 'invalid'],
      [4, 'suspended'],
      [statusListLength - 1, 'invalid'],
    ])
    const bytes = inflated(encodeLicenceStatuses(marked).lst)
    expect([bytes[0], bytes[1], bytes[2], bytes.at(-1)]).toEqual([0b01001001, 0b10, 0, 0b01000000])
  })

  test.for([0, 1, 2, 3, 4, 5, 7, 8, 131_067, 131_068, 131_070, 131_071])(
    '%d is marked alone',
    (position) => {
      const list = encodeLicenceStatuses(new Map([[position, 'suspended' as const]]))
      expect(statusAt(list, position)).toBe('suspended')
      for (const other of [position - 1, position + 1]) {
        const isThere = other >= 0 && other < statusListLength
        expect(statusAt(list, other)).toBe(isThere ? 'valid' : undefined)
      }
    },
  )

  test.for([-1, statusListLength, 2 ** 32, Number.MAX_SAFE_INTEGER, 0.5, NaN, Infinity, -0.5])(
    '%d is not in the list',
    (position) => {
      expect(statusAt(empty, position)).toBeUndefined()
    },
  )

  test.for([-1, statusListLength, 0.5, NaN])('%d cannot be marked', (position) => {
    expect(() => encodeLicenceStatuses(new Map([[position, 'invalid' as const]]))).toThrow(
      RangeError,
    )
  })

  test('a value without meaning is no status', () => {
    const statuses = new Uint8Array(statusListLength)
    statuses[0] = 0b11
    const list = encodeStatusList({ bits, statuses })
    expect([statusAt(list, 0), statusAt(list, 1)]).toEqual([undefined, 'valid'])
  })

  test('what was marked is read, and nothing else', () => {
    const position = fc.nat(statusListLength - 1)
    const status = fc.constantFrom<LicenceStatus>('invalid', 'suspended', 'valid')
    const entries = fc.uniqueArray(fc.tuple(position, status), { selector: ([at]) => at })
    fc.assert(
      fc.property(entries, position, (marks, other) => {
        const marked = new Map(marks)
        const opened = open(signed(encodeLicenceStatuses(marked)))
        if (!opened.ok) throw new Error(opened.code)
        for (const [place, expected] of marked)
          expect(licenceStatusAt(opened.list, place)).toBe(expected)
        expect(licenceStatusAt(opened.list, other)).toBe(marked.get(other) ?? 'valid')
      }),
      { numRuns: 30 },
    )
  })

  test('a list of which every licence was revoked or suspended at random fits into a token', () => {
    let state = 1
    const next = (): number => (state = (state * 48_271) % 2_147_483_647)
    const marked = new Map(
      Array.from({ length: statusListLength }, (_, place): [number, LicenceStatus] => [
        place,
        next() % 3 === 0 ? 'invalid' : next() % 2 === 0 ? 'suspended' : 'valid',
      ]),
    )
    expect(statusAt(encodeLicenceStatuses(marked), 77)).toBe(marked.get(77))
  })
})

describe('time', () => {
  const after = (span: number): Date => new Date(at.getTime() + span)
  test.for([
    ['the moment it was signed', 0, 'ok'],
    ['its last millisecond', statusListTtl * 1000 - 1, 'ok'],
    ['its end', statusListTtl * 1000, 'status-list-expired'],
    ['a second later', (statusListTtl + 1) * 1000, 'status-list-expired'],
    ['a minute before it was signed', -60_000, 'ok'],
    ['a little more than a minute', -60_001, 'status-list-from-future'],
  ] as const)('%s: %d ms, %s', ([, span, code]) => {
    expect(verdict(signed(), { at: after(span) })).toBe(code)
  })

  test('the list says from when until when it may be believed', () => {
    const opened = open(signed())
    expect(opened.ok && [opened.list.issuedAt, opened.list.expiresAt]).toEqual([
      at,
      after(statusListTtl * 1000),
    ])
  })

  test('a time that is none', () => {
    expect(verdict(signed(), { at: new Date(NaN) })).not.toBe('ok')
  })
})

describe('a list is not believed', () => {
  test('from a seal', () => {
    expect(verdict(signed(empty, issuing.marketSeal))).toBe('wrong-purpose')
  })

  test('from a department, although its authority wrote the purpose into the certificate', () => {
    expect(verdict(signed(empty, departmentSigner))).toBe('status-signer-of-department')
  })

  test('from a platform of that name under another root', async () => {
    const root = await holder({ profile: 'root', owner: platform })
    const licensing = await holder({ profile: 'licensing', owner: platform, issuer: root })
    const status = await holder({ profile: 'status', owner: platform, issuer: licensing })
    expect(verdict(signed(empty, signerOf(status)))).not.toBe('ok')
    expect(verdict(signed(empty, { ...signerOf(status), chain: issuing.status.chain }))).toBe(
      'signature-invalid',
    )
  })

  test('from a certificate that has ended', async () => {
    const period = { from: new Date(at.getTime() - 2_000), until: new Date(at.getTime() - 1_000) }
    const wanted = { profile: 'status', owner: platform, issuer: issuing.licensing } as const
    const status = await holder({ ...wanted, period })
    expect(verdict(signed(empty, signerOf(status)))).toBe('certificate-expired')
  })

  test('with lists of revoked certificates that are stale', () => {
    const later = new Date(at.getTime() + 400 * 86_400_000)
    const list = signStatusList({ ...empty, uri, at: later }, issuing.status)
    expect(verdict(list, { at: later })).toBe('revocation-unknown')
  })

  test.for<readonly [string, unknown, string]>([
    ['without certificates', undefined, 'invalid-certificate'],
    ['with none', [], 'invalid-certificate'],
    ['with a number', [1], 'invalid-certificate'],
    ['with an empty one', [''], 'invalid-certificate'],
    ['with one outside a list', 'AAAA', 'invalid-certificate'],
    ['with five', ['AAAA', 'AAAA', 'AAAA', 'AAAA', 'AAAA'], 'invalid-certificate'],
    ['with noise', ['AAAA'], 'certificate-malformed'],
  ])('%s', ([, x5c, code]) => {
    expect(verdict(token({}, { x5c }))).toBe(code)
  })

  test('with certificates in another spelling', () => {
    const x5c = issuing.status.chain.map((der) => ` ${Buffer.from(der).toString('base64')}`)
    expect(verdict(token({}, { x5c }))).toBe('invalid-certificate')
  })

  test.for<readonly [string, () => string, string]>([
    ['for another address', () => token({ sub: `${uri}1` }), 'status-list-of-other-address'],
    ['for no address', () => token({ sub: undefined }), 'invalid-status-list'],
    ['without end', () => token({ exp: undefined }), 'invalid-status-list'],
    ['with an end in words', () => token({ exp: '2027-01-01' }), 'invalid-status-list'],
    ['without beginning', () => token({ iat: undefined }), 'invalid-status-list'],
    ['without list', () => token({ status_list: undefined }), 'invalid-status-list'],
    ['with a list of lists', () => token({ status_list: [] }), 'invalid-status-list'],
    ['with one bit a licence', () => tokenOf(empty.lst, 1), 'invalid-status-list'],
    ['with its bits in words', () => tokenOf(empty.lst, '2'), 'invalid-status-list'],
    [
      'not compressed',
      () => tokenOf(toBase64url(new Uint8Array(listBytes))),
      'invalid-status-list',
    ],
    [
      'compressed otherwise',
      () => tokenOf(toBase64url(gzipSync(new Uint8Array(listBytes)))),
      'invalid-status-list',
    ],
    ['cut off', () => tokenOf(empty.lst.slice(0, 8)), 'invalid-status-list'],
    ['in another alphabet', () => tokenOf(`${empty.lst}==`), 'invalid-encoding'],
    ['empty', () => tokenOf(''), 'invalid-status-list'],
    ['a byte too short', () => tokenOf(deflated(listBytes - 1)), 'invalid-status-list'],
    ['a byte too long', () => tokenOf(deflated(listBytes + 1)), 'invalid-status-list'],
    ['of another type', () => token({}, { typ: 'JWT' }), 'wrong-typ'],
    ['with a key of its own', () => token({}, { jwk: {} }), 'header-not-allowed'],
    ['that is no token', () => 'noise', 'invalid-token'],
    ['that is nothing', () => '', 'invalid-token'],
  ])('%s', ([, made, code]) => {
    expect(verdict(made())).toBe(code)
  })

  test('that unpacks to a thousand times its length, and no memory is spent on it', () => {
    const bomb = deflated(24 * 1_048_576)
    expect(bomb.length).toBeLessThan(65_536)
    const before = process.memoryUsage().arrayBuffers
    expect(verdict(tokenOf(bomb))).toBe('invalid-status-list')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1_048_576)
  })

  test('with any one character changed', () => {
    const list = signed()
    const place = fc.nat(list.length - 1)
    fc.assert(
      fc.property(place, fc.constantFrom('A', '7', '_', '.', '='), (index, put) => {
        const changed = `${list.slice(0, index)}${put}${list.slice(index + 1)}`
        if (changed !== list) expect(verdict(changed)).not.toBe('ok')
      }),
      { numRuns: 100 },
    )
  })
})

function deflated(length: number): string {
  return toBase64url(deflateSync(new Uint8Array(length), { level: 9 }))
}

function inflated(lst: string): Uint8Array {
  return inflateSync(fromBase64url(lst))
}
