/** Two departments that run on SM2: one seals a licence, the other one asks for it and checks it. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseCertificate } from '../../sdk/certificate.ts'
import { readLicence } from '../../sdk/licence/document.ts'
import { verifyLicence } from '../../sdk/licence.ts'
import { createTestWorld } from '../world.ts'
import type { TestWorld } from '../world.ts'

let world: TestWorld

beforeAll(async () => {
  const keysFolder = join(import.meta.dirname, '../../.zhengtong/test/keys-sm2')
  world = await createTestWorld({ keysFolder, sm2: ['haikouMarket', 'meilanMarket'] })
})

afterAll(() => world.close())

test('a licence sealed with SM2 is asked for with SM2, and verifies offline', async () => {
  const company = await world.newCompany()
  const purpose = await world.openCase(company)
  const window = await world.world.client('meilanMarket', 'officer-017')
  const { data, errors } = await window.query<{
    licences: { document: string; issueEntry: string }[]
  }>(
    `query ($holder: HolderInput!) {
      licences(holder: $holder, types: ["businessLicence"]) { document issueEntry }
    }`,
    { holder: { codeType: '001', code: company.uscc } },
    { purpose },
  )
  expect(errors).toEqual([])
  const [licence] = data?.licences ?? []
  if (!licence) throw new Error('there is no licence')
  const { header } = readLicence(licence.document)
  expect(header['alg']).toBe('SGD_SM3_SM2')
  const [leaf] = (await world.identity('meilanMarket')).certificates
  expect(leaf && parseCertificate(leaf).signatureAlgorithm).toBe('1.2.156.10197.1.501')

  const { trust } = world.world.exchange.settings.keys
  const verdict = verifyLicence(licence.document, {
    ...{ trust, at: world.clock.now, status: await window.statusList(licence.document) },
    evidence: await window.issueEvidence(licence.issueEntry),
  })
  expect(verdict.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([])
  expect(verdict.verdict).toBe('valid')
})

test('the keys of receipts are told, those of SM2 too', async () => {
  const { json } = await world.send({ method: 'GET', path: '/.well-known/jwks.json' })
  expect(json).toMatchObject({ keys: [{ crv: 'P-256' }, { crv: 'SM2', kty: 'EC', use: 'sig' }] })
})
