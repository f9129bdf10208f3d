/** Faces and codes over HTTP: copies for a purpose, what a holder shows at a counter, and the page for anybody. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { businessLicence, people } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import { rateLimits } from '../../exchange/http/rate.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { sha256 } from '../../sdk/primitives.ts'
import { answerHash } from '../../sdk/receipt.ts'
import { faceBytesMax } from '../../sdk/face.ts'
import { signOfflineCode } from '../../sdk/offline-code.ts'
import type { OfflineClaims } from '../../sdk/offline-code.ts'
import { textOf } from '../render-face.ts'
import { codesIn, createTestWorld } from '../world.ts'
import type { Forged, Reply, TestWorld } from '../world.ts'

let world: TestWorld
let company: Company
let licenceId: string

const issuer = { department: 'haikouMarket', officer: 'officer-003' } as const
const counter = { department: 'haikouPolice', officer: 'officer-110' } as const
const minuteMs = 60_000
/** As `docs/faces.md` says. */
const scansPerMinute = 30

beforeAll(async () => {
  world = await createTestWorld()
  company = await world.newCompany()
  const found = await post('/vault/search', { licenceNo: company.uscc }, issuer)
  licenceId = (found.json['licences'] as { licenceId: string }[])[0]?.licenceId ?? ''
})

afterAll(() => world.close())

function post(path: string, body: JsonObject, forged: Forged): Promise<Reply> {
  return world.send({ path, body: JSON.stringify(body), ...forged })
}

const later = (ms: number): Date => new Date(world.clock.now.getTime() + ms)
const told = (reply: Reply): unknown => [reply.status, ...codesIn(reply)]
const asked = (changes: JsonObject = {}): JsonObject => ({
  ...{ purpose: '办理食品经营许可', case: 'HK20261120-0007' },
  ...{ expires: later(30 * 24 * 60 * minuteMs).toISOString(), ...changes },
})
const copy = (body: JsonObject, forged: Forged = issuer, id = licenceId): Promise<Reply> =>
  post(`/vault/licences/${id}/copies`, body, forged)
const show = (minutes = 3, forged: Forged = issuer): Promise<Reply> =>
  post(`/vault/licences/${licenceId}/show-codes`, { minutes }, forged)
const scan = (code: string, forged: Forged = counter): Promise<Reply> =>
  post('/vault/scans', { code }, forged)

async function shownCode(minutes = 3): Promise<string> {
  const { code } = (await show(minutes)).json
  return typeof code === 'string' ? code : ''
}

/** What it says of every such request; the instance is another one each time. */
function sameWords({ status, json }: Reply): string {
  const { instance, ...words } = json
  expect(instance).toBeTypeOf('string')
  return `${status} ${JSON.stringify(words)}`
}

/** Of somebody in the sample. */
async function findIdCard(): Promise<string> {
  const holder = { codeType: '111', code: people.stranger.idNumber }
  const found = await post('/vault/search', { holder, type: 'residentIdCard' }, counter)
  return (found.json['licences'] as { licenceId: string }[])[0]?.licenceId ?? ''
}

async function bodiesAfter(id: number): Promise<JsonObject[]> {
  return (await world.entriesAfter(id)).map(({ body }) => body)
}

describe('a copy', () => {
  test('says across its page what it is for, and is in the log with the hash of its bytes', async () => {
    const before = await world.newestEntry()
    const { status, headers, bytes } = await copy(asked())
    expect([status, headers.get('content-type')]).toEqual([201, 'application/pdf'])
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="[0-9a-f]{32}.pdf"$/)
    const [page = '', ...more] = textOf(bytes)
    expect(more).toEqual([])
    expect(page).toContain('仅用于 办理食品经营许可 · 办件 HK20261120-0007 · 2026年12月20日 止')
    expect(page.replaceAll(/\s/g, '')).toContain('制作者海口市市场监督管理局（officer-003）')
    expect(page).toContain(company.name)
    const [entry, ...others] = await bodiesAfter(before)
    expect(others).toEqual([])
    expect(entry).toMatchObject({
      ...{ kind: 'copy-made', licenceId, ...issuer, case: 'HK20261120-0007' },
      ah: toBase64url(sha256(bytes)),
    })
    expect(JSON.stringify(entry)).not.toContain('食品')
  })

  test.for<[what: string, changes: JsonObject, forged: Forged, answer: readonly unknown[]]>([
    ['without a purpose', { purpose: ' ' }, issuer, [400, 'invalid-copy']],
    ['with none named', { purpose: null }, issuer, [400, 'invalid-request']],
    ['without a case', { case: '' }, issuer, [400, 'invalid-copy']],
    ['that is over', { expires: '2020-01-01T00:00:00Z' }, issuer, [400, 'invalid-copy']],
    ['without an end', { expires: '' }, issuer, [400, 'invalid-request']],
    ['with a member more', { holder: 'x' }, issuer, [400, 'invalid-request']],
    ['for another department', {}, counter, [403, 'not-the-issuer']],
    ['without a token', {}, { token: undefined }, [401, 'not-authenticated']],
  ])('%s has no bytes', async ([, changes, forged, answer]) => {
    const before = await world.newestEntry()
    const reply = await copy(asked(changes), forged)
    expect(told(reply)).toEqual(answer)
    expect(reply.headers.get('content-type')).toContain('application/problem+json')
    const kinds = (await bodiesAfter(before)).map(({ kind }) => kind)
    expect(kinds).toEqual(answer[0] === 401 ? [] : ['refusal'])
  })

  test('of a licence that is over has none', async () => {
    const { licenceId: id } = await world.world.exchange.vault.issue({
      ...businessLicence(await world.newCompany()),
      ...{ licenceNo: '91460100MA5T0FACE1' },
    })
    await post(`/vault/licences/${id}/acts`, { act: 'revoke', reason: 'obtained-by-fraud' }, issuer)
    expect(told(await copy(asked(), issuer, id))).toEqual([409, 'wrong-state'])
    expect(told(await copy(asked(), issuer, '1.2.3'))).toEqual([404, 'unknown-licence'])
  })
})

describe('a code that a holder shows', () => {
  test('is scanned once, and both sides are in the log with what they were told', async () => {
    const before = await world.newestEntry()
    const shown = await show()
    const code = shown.json['code'] as string
    expect([shown.status, shown.json]).toEqual([
      ...[201, { code, expiresAt: later(3 * minuteMs).toISOString() }],
    ])
    const scanned = await scan(code)
    const seen = { licenceId, type: 'businessLicence', issuer: 'haikouMarket', state: 'valid' }
    expect([scanned.status, scanned.json]).toEqual([201, seen])
    const entries = await bodiesAfter(before)
    expect(entries).toMatchObject([
      { kind: 'licence-shown', licenceId, ...issuer, ah: answerHash(shown.json) },
      { kind: 'licence-scanned', licenceId, ...counter, ah: answerHash(scanned.json) },
    ])
    expect(entries[0]?.['show']).toBe(entries[1]?.['show'])
    expect(JSON.stringify(entries)).not.toContain(code)
  })

  test('is told again to whoever lost the answer, and to nobody else', async () => {
    const code = await shownCode()
    const rid = toBase64url(randomBytes(16))
    const attempt = (n: number): Forged => ({
      ...counter,
      headers: { 'idempotency-key': rid, attempt: String(n) },
    })
    const [first, again] = [await scan(code, attempt(1)), await scan(code, attempt(2))]
    expect([again.status, again.json]).toEqual([201, first.json])
    for (const other of [{ ...counter, officer: 'officer-111' }, issuer]) {
      const theirs = await scan(code, { ...attempt(3), ...other })
      expect(told(theirs)).toEqual([410, 'show-code-refused'])
    }
  })

  test('is refused in the same words, whether used, over or made up', async () => {
    const used = await shownCode()
    await scan(used)
    const over = await shownCode(1)
    world.clock.now = later(minuteMs)
    const answers: string[] = []
    for (const code of [used, over, 'A'.repeat(22), 'x', `${over}=`]) {
      answers.push(sameWords(await scan(code)))
    }
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('410')
  })

  test.for([0, 6, 1.5])('is not made for %d minutes', async (minutes) => {
    expect(told(await show(minutes))).toEqual([400, 'invalid-request'])
  })

  test('is made by the issuer alone', async () => {
    expect(told(await show(3, counter))).toEqual([403, 'not-the-issuer'])
  })

  test('is not guessed: an officer who scans too often waits', async () => {
    const guesser = { ...counter, officer: 'officer-999' }
    for (let n = 0; n < scansPerMinute; n += 1) {
      expect(told(await scan('A'.repeat(22), guesser))).toEqual([410, 'show-code-refused'])
    }
    const code = await shownCode()
    const stopped = await scan(code, guesser)
    expect(told(stopped)).toEqual([429, 'too-many-guesses'])
    expect(stopped.headers.get('retry-after')).toBe('60')
    expect((await scan(code)).status).toBe(201)
  })
})

describe('a face that is handed in for verification', () => {
  const ask = (body: string | Uint8Array, type = 'application/json'): Promise<Reply> =>
    world.send({ path: '/verify', body, headers: { 'content-type': type }, token: undefined })
  const askCode = (code: string): Promise<Reply> => ask(JSON.stringify({ code }))
  const wrongIn = ({ json }: Reply): unknown[] => {
    const checks = (json['checks'] ?? []) as { code: string; outcome: string; reason?: string }[]
    const wrong = checks.filter(({ outcome }) => outcome !== 'pass')
    return [json['verdict'], ...wrong.map(({ code, reason }) => `${code} ${reason ?? ''}`)]
  }
  const offline = (changes: Partial<OfflineClaims> = {}): string => {
    const iat = Math.floor(world.clock.now.getTime() / 1_000)
    const claims = { licenceId, state: 'valid', iat, exp: iat + 60, doc: 'x', items: {} }
    return signOfflineCode({ ...claims, ...changes }, world.world.exchange.settings.keys.receipt)
  }

  test('is true byte for byte, or it is not', async () => {
    const { bytes } = await copy(asked())
    const reply = await ask(bytes, 'application/pdf')
    expect(wrongIn(reply)).toEqual(['valid'])
    expect(reply.json).toMatchObject({ licence: { licenceId, items: {} }, copy: { licenceId } })
    const other = Uint8Array.from(bytes)
    other[other.length - 20] = (other[other.length - 20] ?? 0) ^ 1
    expect(wrongIn(await ask(other, 'application/pdf'))).toEqual(['invalid', 'face face-differs'])
    for (const text of ['%PDF-1.7', 'no pdf', '']) {
      expect(told(await ask(text, 'application/pdf'))).toEqual([400, 'invalid-face'])
    }
    const long = new Uint8Array(faceBytesMax + 1)
    expect(told(await ask(long, 'application/pdf'))).toEqual([413, 'body-too-large'])
  })

  test('by its static code tells how the licence stands, and not which one it is', async () => {
    const reply = await askCode(toBase64url(world.world.exchange.blind.faceCode(licenceId)))
    expect(wrongIn(reply)).toEqual(['valid'])
    expect(Object.keys(reply.json).sort()).toEqual(['at', 'checks', 'verdict'])
    for (const code of ['', 'A'.repeat(22), licenceId]) {
      expect(told(await askCode(code))).toEqual([404, 'not-found'])
    }
  })

  test('by its offline code is judged as the licence stands now', async () => {
    expect(wrongIn(await askCode(offline()))).toEqual(['valid'])
    const code = offline()
    const altered = `${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}`
    const [verdict, ...wrong] = wrongIn(await askCode(altered))
    expect([verdict, wrong.length]).toEqual(['invalid', 1])
    expect(wrongIn(await askCode('ZT1:'))).toEqual(['invalid', 'offline-code code-malformed'])
    const { iat } = { iat: Math.floor(world.clock.now.getTime() / 1_000) }
    expect(wrongIn(await askCode(offline({ exp: iat - 1 })))).toEqual([
      ...['unknown', 'offline-code code-expired'],
    ])
    expect(told(await askCode(offline({ licenceId: '1.2' })))).toEqual([404, 'unknown-licence'])
    const path = `/vault/licences/${licenceId}/acts`
    await post(path, { act: 'suspend', reason: 'under-investigation' }, issuer)
    world.clock.now = later(1_000)
    expect(wrongIn(await askCode(code))).toEqual(['invalid', 'status suspended'])
    await post(path, { act: 'restore', reason: 'investigation-closed' }, issuer)
    world.clock.now = later(1_000)
  })

  test('is refused by code where the type is not for everybody', async () => {
    const card = await findIdCard()
    expect(told(await askCode(offline({ licenceId: card })))).toEqual([
      ...[403, 'verification-restricted'],
    ])
  })
})

describe('the page of a face', () => {
  const get = (path: string): Promise<Reply> =>
    world.send({ method: 'GET', path, token: undefined })
  const staticCode = (): string => toBase64url(world.world.exchange.blind.faceCode(licenceId))

  test('says type, issuer and state, and nothing personal', async () => {
    const page = await get(`/c/${staticCode()}`)
    expect(page.status).toBe(200)
    for (const word of ['营业执照', '海口市市场监督管理局', '有效'])
      expect(page.text).toContain(word)
    for (const word of [company.name, company.uscc, licenceId]) {
      expect(page.text).not.toContain(word)
    }
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    const { json } = await get(`/c/${staticCode()}/state`)
    expect(Object.keys(json).sort()).toEqual(['issuer', 'issuerName', 'state', 'type', 'typeName'])
  })

  test('answers every other code alike, and who guesses is stopped', async () => {
    const shown = await shownCode()
    const answers: string[] = []
    for (const code of ['A'.repeat(22), shown, 'x', `${staticCode()}A`, licenceId]) {
      answers.push(sameWords(await get(`/c/${code}`)))
    }
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('not-found')
    world.clock.now = later(minuteMs)
    const guesses = Array.from({ length: rateLimits.perMinute }, () => get('/c/x'))
    expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).toEqual(
      new Set([404]),
    )
    expect(told(await get(`/c/${staticCode()}`))).toEqual([429, 'too-many-requests'])
  })
})

test('what cannot be written into the log does not leave, and has not happened', async () => {
  const code = await shownCode()
  const before = await world.newestEntry()
  // As when its disk is full.
  await world.owner.execute({
    ...{
      values: [],
      text: `create function log.full() returns trigger language plpgsql as
      $$ begin raise exception using errcode = '53100'; end $$`,
    },
  })
  const on = 'create trigger full_disk before insert on log.entry execute function log.full()'
  await world.owner.execute({ text: on, values: [] })
  const replies = [await copy(asked()), await show(), await scan(code)]
  expect(replies.map(told)).toEqual(Array(3).fill([503, 'audit-unavailable']))
  await world.owner.execute({ text: 'drop trigger full_disk on log.entry', values: [] })
  expect(await bodiesAfter(before)).toEqual([])
  expect((await scan(code)).status).toBe(201)
})
