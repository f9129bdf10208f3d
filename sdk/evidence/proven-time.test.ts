/** When a licence is proven to have existed: by the log, by its envelope, by both. */
import { expect, test } from 'vitest'
import { issueTimeStamp } from '../../certs-dev/time-stamp.ts'
import { before, createForge, minuteMs, types } from '../../test/forging.ts'
import type { Presented } from '../../test/forging.ts'
import { createIssuing, holder, platform } from '../../test/issuing.ts'
import type { Signer } from '../../test/issuing.ts'
import { addTimeStamp, addValidationData, bytesToTimeStamp, createEvidence } from '../evidence.ts'
import { proofsMax } from './proven-time.ts'

const dayMs = 86_400_000
const issuing = await createIssuing(types)
const { document, sealed, logged, verify } = createForge(issuing)
const period = { from: before(365 * dayMs), until: before(-365 * dayMs) }
const { licensing } = issuing
const tsa = await holder({ profile: 'tsa', owner: platform, issuer: licensing, period })
const ended = await holder({
  ...{ profile: 'tsa', owner: platform, issuer: licensing },
  period: { from: before(365 * dayMs), until: before(dayMs) },
})

function stamped(made = document, time = before(59 * minuteMs), authority = tsa): string {
  const envelope = createEvidence(made)
  const data = bytesToTimeStamp(envelope)
  return addTimeStamp(envelope, issueTimeStamp({ authority, data, at: time }))
}

function findings(presented: Presented): string {
  const { verdict, checks } = verify(presented)
  const open = checks.filter(({ outcome }) => outcome !== 'pass')
  return [verdict, ...open.map(({ code, reason = '' }) => `${code} ${reason}`)].join('; ')
}

/** Sealed by this signer and stamped so many days before. */
function sealedBefore(count: number, signer: Signer): Presented {
  const time = before(count * dayMs)
  const made = sealed({ signer, at: time })
  return { document: made, asked: { evidence: stamped(made, time) } }
}

const cases: readonly (readonly [string, () => Presented, string])[] = [
  ['its envelope alone', () => ({ asked: { evidence: stamped() } }), 'valid'],
  ['log and envelope', () => ({ asked: { evidence: [logged(document), stamped()] } }), 'valid'],
  [
    'less is shown than was sealed',
    () => ({ document: `${document.split('~', 2).join('~')}~`, asked: { evidence: stamped() } }),
    'valid',
  ],
  [
    'the seal ended since, and it was stamped while it lived',
    () => sealedBefore(31, issuing.expiredSeal),
    'valid',
  ],
  [
    'the seal was revoked since, and it was stamped before',
    () => sealedBefore(31, issuing.revokedSeal),
    'valid',
  ],
  [
    'it was stamped after the seal ended',
    () => sealedBefore(29, issuing.expiredSeal),
    'invalid; certificate-path certificate-expired; seal not-reached; issuer-authorised not-reached',
  ],
  [
    'it was stamped after the seal was revoked, whatever it says itself',
    () => {
      const made = sealed({ signer: issuing.revokedSeal, at: before(31 * dayMs) })
      return { document: made, asked: { evidence: stamped(made, before(29 * dayMs)) } }
    },
    'invalid; certificate-path certificate-revoked; seal not-reached; issuer-authorised not-reached',
  ],
  [
    'the log knew it before the seal was revoked, and the stamp came after',
    () => {
      const time = before(31 * dayMs)
      const made = sealed({ signer: issuing.revokedSeal, at: time })
      const evidence = [stamped(made, before(29 * dayMs)), logged(made, { at: time })]
      return { document: made, asked: { evidence } }
    },
    'valid',
  ],
  [
    'the envelope of another document',
    () => ({ asked: { evidence: stamped(sealed()) } }),
    'invalid; proven-time evidence-of-other-document',
  ],
  [
    'a good proof beside a false one',
    () => ({ asked: { evidence: [logged(document), stamped(sealed())] } }),
    'invalid; proven-time evidence-of-other-document',
  ],
  [
    'an envelope without time-stamp',
    () => ({ asked: { evidence: createEvidence(document) } }),
    'unknown; proven-time no-time-stamp',
  ],
  [
    'a good proof beside one that says nothing',
    () => ({ asked: { evidence: [createEvidence(document), logged(document)] } }),
    'valid',
  ],
  [
    'a stamp of an authority that ended since',
    () => ({ asked: { evidence: stamped(document, before(2 * dayMs), ended) } }),
    'unknown; proven-time certificate-expired',
  ],
  [
    'a stamp that came after the moment asked for',
    () => ({ asked: { evidence: stamped(document, before(-2 * minuteMs)) } }),
    'unknown; proven-time time-stamp-from-future',
  ],
  [
    'a stamp of the seal itself',
    () => {
      const seal = { ...tsa, key: issuing.marketSeal.key }
      return { asked: { evidence: stamped(document, before(minuteMs), seal) } }
    },
    'invalid; proven-time signature-invalid',
  ],
  [
    'an envelope that is none',
    () => ({ asked: { evidence: '{}' } }),
    'invalid; proven-time invalid-evidence',
  ],
  ['no proof', () => ({ asked: { evidence: [] } }), 'unknown; proven-time no-evidence'],
  [
    'too many proofs',
    () => ({ asked: { evidence: Array.from({ length: proofsMax + 1 }, () => stamped()) } }),
    'invalid; proven-time too-many-proofs',
  ],
]

test.for(cases.map((one, i) => [i + 1, ...one] as const))('%i %s', ([, , present, expected]) => {
  expect(findings(present())).toBe(expected)
})

test('lists in the envelope speak for the seal where the relying party has none', () => {
  const trust = { ...issuing.trust, crls: [] }
  const crls = issuing.trust.crls.map(({ der }) => der)
  const evidence = addValidationData(stamped(), { crls })
  // The status list has no envelope, so its signer stays unproven.
  expect(findings({ asked: { evidence, trust } })).toBe('unknown; status revocation-unknown')
  expect(findings({ asked: { evidence: stamped(), trust } })).toContain('proven-time')
})
