/**
 * Verifying a licence of 20 items offline, with everything a relying party asks for: certificate
 * path and revocation, seal, issuer, status list, proof of issue; path, list and head are those of the
 * licence before, and remembered. The limit is one signature.
 */
import { randomBytes, verify } from 'node:crypto'
import { parseCertificate } from '../sdk/certificate.ts'
import { formatLicenceId } from '../sdk/identifier-licence.ts'
import { readJws } from '../sdk/jws.ts'
import {
  departmentUrn,
  documentDigest,
  draftLicence,
  licenceTypeUrn,
  sealLicence,
} from '../sdk/licence/document.ts'
import { verifyLicence } from '../sdk/licence.ts'
import type { LicenceQuestion } from '../sdk/licence.ts'
import { discloseOnly, splitSdJwt } from '../sdk/sd-jwt.ts'
import type { SealKey } from '../vault/index.ts'
import { localSigner } from '../vault/index.ts'
import { compare, repeated } from './measure.ts'
import { withSetting } from './setting.ts'
import type { Setting } from './setting.ts'

const issuer = 'haikouMarket'
const itemCount = 20
const times = 1_000

export function measureVerification(): Promise<void> {
  return withSetting(async (setting) => {
    const { seals } = setting.world.exchange.settings.keys
    const seal = seals.get(issuer)
    if (!seal) throw new Error('the sample world lost its seal')
    const { document, question, names } = await sealedLicence(setting, seal)
    const raw = rawVerification(document, seal)
    for (const disclosed of [itemCount, 5]) {
      const shown = discloseOnly(document, new Set(names.slice(0, disclosed)))
      if (verifyLicence(shown, question).verdict !== 'valid') throw new Error('it must be valid')
      await compare({
        ...{ name: `verify, ${itemCount} items, ${disclosed} disclosed`, unit: 'licences' },
        work: () => repeated(times, () => verifyLicence(shown, question)),
        rounds: 9,
        limits: { 'one ES256 signature verified': () => repeated(times, raw) },
      })
    }
  })
}

/** A document as the vault makes it, with its entry under a signed head. */
async function sealedLicence({ world }: Setting, seal: SealKey) {
  const { catalogue, exchange } = world
  const { log, db, vault, settings } = exchange
  const { typeCode, version } = catalogue.licenceTypes.get('businessLicence') ?? {}
  const uscc = catalogue.departments.get(issuer)?.uscc
  if (typeCode === undefined || uscc === undefined) throw new Error('not in the catalogue')
  const names = Array.from({ length: itemCount }, (_, i) => `item${i}`)
  const licenceId = formatLicenceId({ typeCode, issuer: uscc, serial: 'BENCH1', version: '001' })
  const claims = {
    ...{ vct: licenceTypeUrn(typeCode), licenceId, iss: departmentUrn(issuer) },
    ...{ nbf: Math.floor(Date.now() / 1000) - 60, typeVersion: `${version ?? 1}` },
    status: {
      status_list: { idx: 100_000, uri: `https://${settings.exchangeId}/status-lists/0` },
    },
  }
  const items = Object.fromEntries(names.map((name) => [name, `数据项的内容 ${name}`]))
  const draft = draftLicence(claims, items, () => randomBytes(16))
  const sealing = localSigner(new Map([[issuer, seal]])).sealOf(issuer)
  const document = await sealLicence(draft, sealing, new Date())
  const at = new Date().toISOString()
  const [entry] = await log.append(db, [
    { kind: 'licence-issued', at, licenceId, document: documentDigest(document) },
  ])
  await log.sequence()
  const evidence = entry && (await vault.issueEvidence(entry.leaf))
  const question: LicenceQuestion = {
    ...{ trust: settings.keys.trust, at: new Date(), status: await vault.statusList(0) },
    ...(evidence ? { evidence } : {}),
  }
  return { document, question, names }
}

/** The seal's signature over the same bytes, the key parsed once. */
function rawVerification(document: string, { chain: [leaf] }: SealKey): () => void {
  if (!leaf) throw new Error('a seal has a certificate')
  const { publicKey } = parseCertificate(leaf)
  const { signingInput, signature } = readJws(splitSdJwt(document).jwt)
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  return () => {
    if (!verify('sha256', signingInput, key, signature)) throw new Error('it must verify')
  }
}
