/** Freezes licences and what proves them: lists, evidence, receipts, a head. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { issueTimeStamp } from '../../certs-dev/time-stamp.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { signCheckpoint } from '../../sdk/checkpoint.ts'
import { addTimeStamp, bytesToTimeStamp, createEvidence } from '../../sdk/evidence.ts'
import { writeIssueEvidence } from '../../sdk/issue-evidence.ts'
import { departmentUrn, licenceTypeUrn } from '../../sdk/licence/document.ts'
import { spkiText } from '../../sdk/log-key.ts'
import { leafHash, rootOf } from '../../sdk/merkle.ts'
import { cosign, writeVerifierKey } from '../../sdk/note.ts'
import { utf8 } from '../../sdk/primitives.ts'
import { answerHash, signReceipt } from '../../sdk/receipt.ts'
import { discloseOnly } from '../../sdk/sd-jwt.ts'
import { ecKeys } from '../../certs-dev/certforge/forge.ts'
import { createForge, licenceIdOf, seconds, type, types } from '../forging.ts'
import { createIssuing, exchange, holder, issuingAt as at, platform, police } from '../issuing.ts'
import { curves, frozenAt } from './freeze-set.ts'
import type { FrozenSet } from './freeze-set.ts'

export async function freezeLicences(set: FrozenSet): Promise<void> {
  const { keep, freeze } = set
  const issuing = await createIssuing(types, police)
  const { document, freshList, sealed, logged, listOf } = createForge(issuing)
  freeze('trust file', {}, { 'trust.json': issuing.trustFile })
  keep('status-list-valid.jwt', freshList)
  keep('status-list-revoked.jwt', listOf({ status: 'invalid' }))
  const ofPolice = {
    ...{ vct: licenceTypeUrn(type.identity), iss: departmentUrn(police.department ?? '') },
    licenceId: licenceIdOf(type.identity, police.organisation),
  }
  const sm2 = sealed({ signer: issuing.policeSeal, claims: ofPolice })
  const tsa = await holder({ profile: 'tsa', owner: platform, issuer: issuing.licensing })
  const envelope = createEvidence(document)
  const data = bytesToTimeStamp(envelope)
  const stamp = issueTimeStamp({ authority: tsa, data, at: new Date(at.getTime() - 60_000) })
  keep('licence-time-stamped.json', addTimeStamp(envelope, stamp))
  const ofEc = writeIssueEvidence(logged(document))
  freeze('issue evidence', {}, { 'issue-evidence.json': ofEc })
  keep('issue-evidence-sm2.json', writeIssueEvidence(logged(sm2)))
  const asked = { at: frozenAt, trust: 'trust.json', status: 'status-list-valid.jwt' }
  const evidence = ['issue-evidence.json']
  freeze(
    'licence',
    { ...asked, evidence },
    {
      'licence.sd-jwt': document,
      'licence-one-item.sd-jwt': discloseOnly(document, new Set(['name'])),
      'licence-no-item.sd-jwt': discloseOnly(document, new Set()),
    },
  )
  freeze(
    'licence',
    { ...asked, evidence, at: '2031-06-01T12:00:00.000Z' },
    {
      'licence-ended.sd-jwt': document,
    },
  )
  freeze(
    'licence',
    { ...asked, evidence, status: 'status-list-revoked.jwt' },
    {
      'licence-revoked.sd-jwt': document,
    },
  )
  freeze(
    'licence',
    { ...asked, evidence: ['licence-time-stamped.json'] },
    {
      'licence-time-stamped.sd-jwt': document,
    },
  )
  freeze(
    'licence',
    { ...asked, evidence: ['issue-evidence-sm2.json'] },
    { 'licence-sm2.sd-jwt': sm2 },
  )
  freezeReceipts(set, leafHash(logged(document).entry))
  freezeCheckpoint(set, issuing.logKey)
}

function freezeReceipts({ freeze }: FrozenSet, leaf: Uint8Array): void {
  for (const namedCurve of curves) {
    const { publicKey, privateKey } = ecKeys(namedCurve)
    const claims = {
      ...{ iss: exchange, iat: seconds(at), rid: 'request-1', attempt: 1, dept: 'haikouMarket' },
      ...{ jti: 'q7J0Zr0m3l2nV5d8yYxwKA', leaf: toBase64url(leaf) },
      ...{ origin: `${exchange}/log/2026`, mmd: 60 as const, ah: answerHash({ licences: [] }) },
    }
    freeze(
      'receipt',
      { trust: 'trust.json', key: spkiText(publicKey), evidence: ['issue-evidence.json'] },
      {
        [`receipt-${namedCurve}.jwt`]: signReceipt(claims, privateKey, 'receipts-1'),
      },
    )
  }
}

function freezeCheckpoint({ freeze }: FrozenSet, key: KeyObject): void {
  const origin = `${exchange}/log/2026`
  const root = rootOf([0, 1, 2].map((i) => leafHash(utf8(`entry ${i}`))))
  const note = signCheckpoint({ origin, size: 3, root }, key)
  const witnesses = ['one', 'two'].map((name) => {
    const pair = generateKeyPairSync('ed25519')
    const witness = { name: `witness.test/${name}`, type: 'cosignature' } as const
    const text = note.slice(0, note.indexOf('\n\n') + 1)
    return {
      verifier: writeVerifierKey({ ...witness, key: pair.publicKey }),
      line: cosign(text, { ...witness, key: pair.privateKey }, at),
    }
  })
  const log = { at: frozenAt, origin, key: spkiText(createPublicKey(key)) }
  const known = { ...log, witnesses: witnesses.map(({ verifier }) => verifier) }
  freeze('checkpoint', known, {
    'checkpoint-cosigned.txt': note + witnesses.map(({ line }) => line).join(''),
  })
}
