/**
 * Verification as anyone may ask for it, without a token. Whoever hands in a document or a face was shown
 * it; who has no more than the name of a licence or a code is answered where the type allows everybody.
 */
import type { Catalogue, LicenceType } from '../catalogs/catalog.ts'
import type { FaceCheck } from '../sdk/face.ts'
import { parseLicenceId } from '../sdk/identifier-licence.ts'
import type { LicenceVerdict } from '../sdk/licence.ts'
import { overall } from '../sdk/licence/verdict.ts'
import type { Check, Outcome } from '../sdk/licence/verdict.ts'
import { offlineCodePrefix, verifyOfflineCode } from '../sdk/offline-code.ts'
import { Problem } from '../sdk/problem.ts'
import type { Trust } from '../sdk/trust.ts'
import type { StatusOfCode, Vault, VaultVerdict } from '../vault/index.ts'
import { checkAsker } from './gate/verified-by.ts'

interface Times {
  /** The moment the verdict is about. */
  readonly at: Date
  readonly knownAt?: Date
}

/** Exactly one of them. */
export type Presented =
  | { readonly document: string }
  | { readonly licenceId: string }
  | { readonly code: string }
  | { readonly face: Uint8Array }

/** As of a licence, and of the code or the face that stands for it. */
export interface PublicVerdict
  extends Omit<LicenceVerdict, 'checks'>, Pick<VaultVerdict, 'history' | 'knownAt'> {
  readonly checks: readonly (Check | FaceCheck | CodeCheck)[]
}

export interface Verification {
  /** @throws Problem unknown-licence, licence-erased, invalid-face, not-found, verification-restricted */
  readonly verify: (presented: Presented, times: Times) => Promise<PublicVerdict>
  /** @throws Problem not-found, verification-restricted */
  readonly stateOf: (code: string) => Promise<StatusOfCode>
}

interface Parts {
  readonly vault: Pick<Vault, 'verify' | 'verifyFace' | 'licenceOfCode' | 'statusOfCode'>
  readonly trust: () => Trust
  readonly catalogue: Catalogue
}

export function createVerification(parts: Parts): Verification {
  const { vault, catalogue } = parts
  const types = new Map([...catalogue.licenceTypes.values()].map((type) => [type.typeCode, type]))
  const byName = (licenceId: string, times: Times): Promise<VaultVerdict> => {
    const type = typeIn(types, licenceId)
    if (type) checkAsker(type, 'anyone')
    return vault.verify({ licenceId, ...times })
  }
  return {
    verify: async (presented, times) => {
      if ('face' in presented) return vault.verifyFace({ face: presented.face, at: times.at })
      if ('document' in presented) return vault.verify({ document: presented.document, ...times })
      if ('licenceId' in presented) return byName(presented.licenceId, times)
      const { code } = presented
      if (code.startsWith(offlineCodePrefix)) return byOfflineCode(parts, code, { times, byName })
      // The static code tells how a licence stands, and not which one it is.
      return withoutName(await byName(await vault.licenceOfCode(code), times))
    },
    stateOf: async (code) => {
      const status = await vault.statusOfCode(code)
      const type = catalogue.licenceTypes.get(status.type)
      if (type) checkAsker(type, 'anyone')
      return status
    },
  }
}

function withoutName({ verdict, at, knownAt, checks }: VaultVerdict): PublicVerdict {
  return { verdict, at, checks, ...(knownAt !== undefined && { knownAt }) }
}

/** The identifier says it, so a refusal tells nobody whether there is such a licence. */
function typeIn(
  types: ReadonlyMap<string, LicenceType>,
  licenceId: string,
): LicenceType | undefined {
  try {
    return types.get(parseLicenceId(licenceId).typeCode)
  } catch (thrown) {
    // What is no identifier is the name of no licence, and the vault says so.
    if (thrown instanceof Problem) return undefined
    throw thrown
  }
}

const codeCheck = {
  code: 'offline-code',
  zh: '离线码由受信任的平台签名且未过期',
  en: 'The offline code is signed by the exchange and not over',
} as const

type CodeCheck = typeof codeCheck & { readonly outcome: Outcome; readonly reason?: string }

const outcomes = { valid: 'pass', invalid: 'fail', unknown: 'unknown' } as const

/** The code as of then, and the licence it names, which may have ended since it was made. */
async function byOfflineCode(
  { trust }: Parts,
  text: string,
  {
    times,
    byName,
  }: {
    readonly times: Times
    readonly byName: (licenceId: string, times: Times) => Promise<VaultVerdict>
  },
): Promise<PublicVerdict> {
  const { verdict, reason, code } = verifyOfflineCode(text, { trust: trust(), at: times.at })
  const own = { ...codeCheck, outcome: outcomes[verdict], ...(reason !== undefined && { reason }) }
  if (!code) return { verdict, at: times.at.toISOString(), checks: [own] }
  const licence = await byName(code.licenceId, times)
  const checks = [...licence.checks, own]
  return { ...licence, verdict: overall(checks), checks }
}
