/**
 * Whether our own verifier would refuse a document: asked before a signature is spent on it, and of what
 * a department has sealed itself before it becomes a licence. That the log does not know it yet is the
 * one thing left open; whether its time has come is the licence's own affair.
 */
import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { signBytes } from '../../sdk/algorithm.ts'
import type { AlgorithmName } from '../../sdk/algorithm.ts'
import { verifyLicence } from '../../sdk/licence.ts'
import { sealLicence } from '../../sdk/licence/document.ts'
import type { LicenceDraft, Seal } from '../../sdk/licence/document.ts'
import { Problem } from '../../sdk/problem.ts'
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

export type Lint = (draft: LicenceDraft, seal: Seal) => Promise<void>

/**
 * Seals drafts with keys that are thrown away and lints the result. It names the true certificates, so
 * that they are judged too, and its signature is under none of them: that alone must be found wrong.
 */
export function createLint(linting: Linting): Lint {
  const keys = new Map<AlgorithmName, KeyObject>()
  const keyFor = (algorithm: AlgorithmName): KeyObject => {
    const key = keys.get(algorithm) ?? makeKey(algorithm)
    keys.set(algorithm, key)
    return key
  }
  return async (draft, { algorithm, chain }) => {
    const key = keyFor(algorithm)
    const sign: Seal['sign'] = (message) => Promise.resolve(signBytes(algorithm, key, message))
    const document = await sealLicence(draft, { algorithm, chain, sign }, linting.clock())
    lintSealed(linting, document, { seal: ['signature-invalid'] })
  }
}

const curves: Partial<Record<AlgorithmName, string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  SGD_SM3_SM2: 'SM2',
}

function makeKey(algorithm: AlgorithmName): KeyObject {
  const namedCurve = curves[algorithm]
  if (namedCurve) return generateKeyPairSync('ec', { namedCurve }).privateKey
  return generateKeyPairSync('ed25519').privateKey
}
