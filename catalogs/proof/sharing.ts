/** Share types and their reasons, as Order 809 (政务数据共享条例) art. 14 and 15 want them. */
import { finding } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Resource } from '../types.ts'
import type { LicenceType } from '../types/licence-type.ts'
import type { LegalBasis, Rank } from '../types/words.ts'

/** Only these may keep data from being shared (art. 14). */
const mayWithhold: readonly Rank[] = ['law', 'administrativeRegulation', 'stateCouncilDecision']

export function* proveSharing(file: string, thing: LicenceType | Resource): Generator<Finding> {
  const { shareType, shareCondition, legalBasis } = thing
  if (shareType === 'conditional' && !shareCondition) {
    yield finding(file, ['shareCondition'], {
      what: 'a conditional share type has no conditions',
      remedy: 'add shareCondition with scope and use (Order 809, art. 15)',
    })
  }
  if (shareType !== 'conditional' && shareCondition) {
    yield finding(file, ['shareCondition'], {
      what: `conditions on a share type that is ${shareType}`,
      remedy: 'remove shareCondition, or make the share type conditional',
    })
  }
  if (shareType === 'none') yield* proveWithheld(file, legalBasis)
}

function* proveWithheld(file: string, legalBasis: LegalBasis | undefined): Generator<Finding> {
  if (!legalBasis) {
    yield finding(file, ['legalBasis'], {
      what: 'not shared, and no legal basis is named',
      remedy: 'cite the law, regulation or State Council decision (Order 809, art. 14)',
    })
  } else if (!mayWithhold.includes(legalBasis.rank)) {
    yield finding(file, ['legalBasis', 'rank'], {
      what: `a ${legalBasis.rank} cannot keep data from being shared`,
      remedy: 'cite a law, an administrative regulation or a State Council decision (art. 14)',
    })
  }
}
