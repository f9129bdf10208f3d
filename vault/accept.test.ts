import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toBase64url } from '../sdk/base64url.ts'
import { formatLicenceId } from '../sdk/identifier-licence.ts'
import {
  departmentUrn,
  draftLicence,
  licenceTypeUrn,
  sealLicence,
} from '../sdk/licence/document.ts'
import type { LicenceClaims } from '../sdk/licence/document.ts'
import { problemFrom } from '../sdk/problem.ts'
import { fictitiousUscc } from '../test/companies.ts'
import { createTestVault } from '../test/vault.ts'
import type { TestVault } from '../test/vault.ts'

let world: TestVault

beforeAll(async () => {
  world = await createTestVault()
})

afterAll(() => world.close())

let count = 700
const department = 'meilanMarket'

/** What a department makes on its own premises, with the sdk alone, and hands in. */
async function handedIn(change: (claims: LicenceClaims) => LicenceClaims = (claims) => claims) {
  count += 1
  const uscc = fictitiousUscc(count)
  const type = world.catalogue.licenceTypes.get('businessLicence')
  const issuer = world.catalogue.departments.get(department)
  const [place] = await world.vault.reservePlaces({ department, count: 1 })
  if (!type || !issuer || !place) throw new Error('the sample has all of them')
  const parts = { typeCode: type.typeCode, issuer: issuer.uscc, serial: `OWN${count}` }
  const claims = change({
    vct: licenceTypeUrn(type.typeCode),
    licenceId: formatLicenceId({ ...parts, version: '001' }),
    iss: departmentUrn(department),
    nbf: Date.parse('2020-01-02T00:00:00+08:00') / 1_000,
    status: { status_list: place },
    typeVersion: `${type.version}`,
  })
  const items = {
    ...{ name: '自封虚构商贸有限公司', uscc, address: '海口市美兰区示例路3号' },
    ...{ establishedOn: '2020-01-02', scope: '日用百货', legalRep: '示例' },
  }
  const draft = draftLicence(claims, items, () => randomBytes(16))
  const document = await sealLicence(draft, world.parts.signer.sealOf(department), world.clock.now)
  const holders = [{ role: 'holder', codeType: '001', code: uscc }]
  return { document, department, division: '460108', licenceNo: uscc, holders }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'done'
  } catch (thrown) {
    const { code, detail } = problemFrom(thrown)
    const { findings } = detail
    return Array.isArray(findings) ? `${code} ${findings.join(' ')}` : code
  }
}

test('what a department has sealed itself becomes a licence like any other, once', async () => {
  const { vault, log, clock } = world
  const handed = await handedIn()
  const { licenceId, fresh } = await vault.accept(handed)
  expect(fresh).toBe(true)
  expect(await vault.accept(handed)).toEqual({ licenceId, fresh: false })
  expect((await vault.findById(licenceId, clock.now))?.document).toBe(handed.document)
  await log.sequence()
  clock.now = new Date(clock.now.getTime() + 1_000)
  const verdict = await vault.verify({ licenceId, at: clock.now })
  expect(verdict.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([])
})

test('what the vault would not have drafted is refused, by claim', async () => {
  const other = (idx: number) => ({
    status_list: { idx, uri: 'https://exchange.test/status-lists/0' },
  })
  const cases: readonly (readonly [(claims: LicenceClaims) => LicenceClaims, string])[] = [
    [(claims) => ({ ...claims, typeVersion: '99' }), 'document-not-sound typeVersion'],
    [(claims) => ({ ...claims, nbf: claims.nbf + 1 }), 'document-not-sound nbf'],
    [(claims) => ({ ...claims, iss: departmentUrn('haikouMarket') }), 'document-not-sound iss'],
    [(claims) => ({ ...claims, vct: 'urn:other' }), 'document-not-sound vct'],
    [(claims) => ({ ...claims, status: other(9_999) }), 'place-not-held'],
  ]
  for (const [change, code] of cases) {
    expect(await codeOf(world.vault.accept(await handedIn(change)))).toBe(code)
  }
})

test('a place is used once, and by its department alone', async () => {
  const [first, second] = [await handedIn(), await handedIn()]
  await world.vault.accept(first)
  const [place] = await world.vault.reservePlaces({ department: 'haikouMarket', count: 1 })
  if (!place) throw new Error('a place was asked for')
  const foreign = await handedIn((claims) => ({ ...claims, status: { status_list: place } }))
  expect(await codeOf(world.vault.accept(foreign))).toBe('place-not-held')
  const taken = { ...second, licenceNo: first.licenceNo }
  expect(await codeOf(world.vault.accept(taken))).toBe('licence-no-exists')
  expect(await codeOf(world.vault.accept(second))).toBe('done')
  const ask = (of: string, places: number) =>
    codeOf(world.vault.reservePlaces({ department: of, count: places }))
  expect(await ask('meilanCivil', 0)).toMatch(/^(too-many|not-an-issuer)$/)
  expect([await ask(department, 0), await ask(department, 1_001)]).toEqual([
    ...['too-many', 'too-many'],
  ])
})

test('a request that is repeated is told what it was told at first', async () => {
  const { vault } = world
  const [handed, another] = [await handedIn(), await handedIn()]
  const first = { ...handed, key: 'hand-in-1' }
  // At once, before anything is stored, and later again.
  const told = await Promise.all([first, first, first].map((one) => vault.accept(one)))
  told.push(await vault.accept(first))
  expect(told.map(({ fresh }) => fresh)).toEqual([true, true, true, true])
  expect(await vault.accept({ ...handed, key: 'hand-in-2' })).toEqual({
    ...{ licenceId: told[0]?.licenceId, fresh: false },
  })
  expect(await codeOf(vault.accept({ ...another, key: 'hand-in-1' }))).toBe('request-id-reused')
  expect(await vault.accept({ ...another, key: 'hand-in-3' })).toMatchObject({ fresh: true })
})

test('a request for places that is repeated is given the same places', async () => {
  const asked = { department, count: 3, key: 'places-1' }
  const [first, ...others] = await Promise.all(
    Array.from({ length: 4 }, () => world.vault.reservePlaces(asked)),
  )
  expect(new Set(first?.map(({ idx }) => idx)).size).toBe(3)
  for (const places of others) expect(places).toEqual(first)
  const [place] = first ?? []
  if (!place) throw new Error('places were asked for')
  await world.vault.accept(
    await handedIn((claims) => ({ ...claims, status: { status_list: place } })),
  )
  expect(await world.vault.reservePlaces(asked)).toEqual(first)
  expect(await codeOf(world.vault.reservePlaces({ ...asked, count: 4 }))).toBe('request-id-reused')
  const further = await world.vault.reservePlaces({ ...asked, key: 'places-2' })
  expect(further.some(({ idx }) => first?.some((one) => one.idx === idx))).toBe(false)
})

test('nobody holds more than ten thousand places, also who asks many times at once', async () => {
  const ask = () => codeOf(world.vault.reservePlaces({ department: 'sanyaMarket', count: 1_000 }))
  const outcomes = await Promise.all(Array.from({ length: 14 }, ask))
  while (outcomes.at(-1) !== 'too-many') outcomes.push(await ask())
  expect(outcomes.filter((one) => one === 'done')).toHaveLength(10)
})

test('what cannot be read is a malformed document, and not a malformed token', async () => {
  const handed = await handedIn()
  const named = await handedIn((claims) => ({ ...claims, licenceId: '1.2.3' }))
  const after = await handedIn((claims) => ({ ...claims, supersedes: '1.2.3' }))
  for (const document of ['x', 'a.b.c~', 'e30.e30.AA~', named.document, after.document]) {
    const code = await codeOf(world.vault.accept({ ...handed, document }))
    expect([document.length, code]).toEqual([document.length, 'invalid-licence-document'])
  }
})

test('a seal that was forged is refused before anything is stored', async () => {
  const handed = await handedIn()
  const [jwt = '', ...rest] = handed.document.split('~')
  const signature = toBase64url(randomBytes(64))
  const forged = [jwt.replace(/[^.]+$/, signature), ...rest].join('~')
  expect(await codeOf(world.vault.accept({ ...handed, document: forged }))).toBe(
    'document-not-sound seal: signature-invalid',
  )
})
