/**
 * Whether our own verifier would refuse a document: asked before a signature is spent on it, and of what
 * a department has sealed itself before it becomes a licence. That the log does not know it yet is the
 * one thing left open; whether its time has come is the licence's own affair.
 */
import { algorithms } from '../../sdk/algorithm.ts'
import type { Algorithm } from '../../sdk/algorithm.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { verifyLicence } from '../../sdk/licence.ts'
import type { LicenceDraft, Seal } from '../../sdk/licence/document.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import { joinSdJwt } from '../../sdk/sd-jwt.ts'
import type { Trust } from '../../sdk/trust.ts'

interface Linting {
  readonly trust: () => Trust
  readonly clock: () => Date
}

/** What each check may say; what is not written here must pass. */
const mayBe: Readonly<Record<string, readonly string[]>> = {
  'proven-time': ['no-evidence'],
  period: ['not-yet-valid', 'expired'],
}

/** @throws Problem document-not-sound */
export function lintSealed(
  { trust, clock }: Linting,
  document: string,
  besides: Readonly<Record<string, readonly string[]>> = {},
): void {
  const { checks } = verifyLicence(document, {
    ...{ trust: trust(), at: clock(), status: () => 'valid' },
  })
  const allowed = { ...mayBe, ...besides }
  const findings = checks.flatMap(({ code, outcome, reason = '' }) =>
    outcome === 'pass' || allowed[code]?.includes(reason) ? [] : [`${code}: ${reason}`],
  )
  if (findings.length > 0) throw new Problem('document-not-sound', { findings })
}

/** The same seal, which signs this draft only after the lint has found it sound. */
export type Lint = (draft: LicenceDraft, seal: Seal) => Seal

/**
 * What is linted are the very bytes that are to be signed, under a signature that no key makes: all else
 * is judged as it will be, the true certificates too, and that alone must be found wrong.
 */
export function createLint(linting: Linting): Lint {
  return ({ disclosures }, seal) => {
    const { signatureLength = 0 }: Algorithm = algorithms[seal.algorithm]
    const nobodys = toBase64url(new Uint8Array(signatureLength))
    return {
      ...seal,
      sign: (message) => {
        const document = joinSdJwt({ jwt: `${fromUtf8(message)}.${nobodys}`, disclosures })
        lintSealed(linting, document, { seal: ['signature-invalid'] })
        return seal.sign(message)
      },
    }
  }
}
