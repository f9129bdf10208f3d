import { afterAll, beforeAll, expect, test } from 'vitest'
import { Problem } from '../../sdk/problem.ts'
import { verifyLicence } from '../../sdk/licence.ts'
import { documentDigest } from '../../sdk/licence/document.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { draftOf } from '../../test/companies.ts'
import { createTestVault } from '../../test/vault.ts'
import type { TestVault } from '../../test/vault.ts'
import { decrypt } from '../keys/cipher.ts'
import { prepare, prepared } from './draft.ts'
import { beginEach } from './intent.ts'
import type { Begun } from './intent.ts'
import { createLint } from './lint.ts'
import { sealEach } from './seal.ts'
import { createSealThreads } from './seal-threads.ts'
import type { SealThreads } from './seal-threads.ts'
import type { Signer } from './signer.ts'

/** Of `sealLimits`. */
const [fewest, licencesAtOnce] = [8, 32]

let world: TestVault
let threads: SealThreads

beforeAll(async () => {
  world = await createTestVault()
  threads = createSealThreads(world.parts)
})

afterAll(async () => {
  await threads.close()
  await world.close()
})

let companies = 0

function begin(issuers: readonly string[]): Promise<Begun[]> {
  const drafts = issuers.map((issuer) => {
    companies += 1
    return draftOf(companies, { issuer })
  })
  const { parts, catalogue, clock } = world
  return beginEach(
    parts,
    drafts.map((draft) => prepared(prepare(draft, catalogue, clock.now))),
  )
}

function many(count: number): Promise<Begun[]> {
  return begin(Array<string>(count).fill('meilanMarket'))
}

/** Notes for whom a seal was asked for on this thread. */
function watched(signer: Signer = world.parts.signer): { asked: string[]; signer: Signer } {
  const asked: string[] = []
  const sealOf: Signer['sealOf'] = (department) => {
    asked.push(department)
    return signer.sealOf(department)
  }
  return { asked, signer: { ...signer, sealOf } }
}

async function seal(begun: readonly Begun[], signer: Signer) {
  const { clock, trust } = world.parts
  return sealEach({ signer, threads, clock, lint: createLint({ trust, clock }) }, begun)
}

test.for([fewest, 3 * licencesAtOnce + 1])(
  '%i are sealed by threads, each as itself',
  async (n) => {
    const { asked, signer } = watched()
    const begun = await many(n)
    const outcomes = await seal(begun, signer)
    expect(asked).toEqual([])
    expect(outcomes).toHaveLength(n)
    for (const [i, { licenceId, facts, dataKey }] of begun.entries()) {
      const one = outcomes[i]
      if (one?.status !== 'fulfilled') throw one?.reason ?? new Error('an outcome is missing')
      const { sealed, documentDigest: digest } = one.value
      expect(one.value).toMatchObject({ licenceId, facts })
      const document = fromUtf8(decrypt(dataKey, sealed, `licence:${licenceId}`))
      expect(toBase64url(digest)).toBe(documentDigest(document))
      const { checks } = verifyLicence(document, {
        trust: world.parts.trust(),
        at: world.clock.now,
      })
      expect(checks).toContainEqual(expect.objectContaining({ code: 'seal', outcome: 'pass' }))
      expect(document.split('~')).toHaveLength(8)
    }
  },
)

test('fewer are sealed where they are asked for', async () => {
  const { asked, signer } = watched()
  const outcomes = await seal(await many(fewest - 1), signer)
  expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true)
  expect(asked).toHaveLength(fewest - 1)
})

test('a seal whose key is elsewhere is set here, beside the threads', async () => {
  const { signer: local } = world.parts
  const { asked, signer } = watched({
    ...local,
    keyOf: (department) => (department === 'haikouMarket' ? undefined : local.keyOf?.(department)),
  })
  const mixed = [...Array<string>(fewest).fill('meilanMarket'), 'haikouMarket']
  const outcomes = await seal(await begin(mixed), signer)
  expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true)
  expect(asked).toEqual(['haikouMarket'])
})

test('what threads would not seal meets its refusal, and keeps nobody else', async () => {
  const { asked, signer } = watched()
  const begun = await many(fewest + 1)
  const unsound = begun.map((one, i) => (i === 3 ? { ...one, content: nobodys(one.content) } : one))
  const outcomes = await seal(unsound, signer)
  expect(
    outcomes.map((one) => (one.status === 'fulfilled' ? 'sealed' : codeOf(one.reason))),
  ).toEqual(begun.map((_, i) => (i === 3 ? 'document-not-sound' : 'sealed')))
  expect(asked).toEqual(['meilanMarket'])
})

test('under another trust other threads seal', async () => {
  let trust = world.parts.trust()
  const changing = createSealThreads({ trust: () => trust })
  const begun = await many(fewest)
  expect((await changing.seal(world.parts, begun)).size).toBe(fewest)
  trust = { ...trust, issuers: [] }
  expect((await changing.seal(world.parts, begun)).size).toBe(0)
  await changing.close()
})

test('a thread that dies is a problem and no waiting; the next ones begin anew', async () => {
  const mortal = createSealThreads(world.parts)
  process.once('worker', (worker) => void worker.terminate())
  const begun = await many(fewest)
  await expect(mortal.seal(world.parts, begun)).rejects.toThrow('internal')
  expect((await mortal.seal(world.parts, begun)).size).toBe(fewest)
  await mortal.close()
})

/** As if the vault had mistaken for whom it works. */
function nobodys(content: Begun['content']): Begun['content'] {
  if (!('claims' in content)) throw new Error('it was stored before')
  return { ...content, claims: { ...content.claims, iss: 'urn:zhengtong:department:nobody' } }
}

function codeOf(reason: unknown): string {
  return reason instanceof Problem ? reason.code : String(reason)
}
