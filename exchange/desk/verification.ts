/**
 * Verification as anyone may ask for it, without a token. Whoever hands in a document or a face was shown
 * it; who has no more than the name of a licence or a code is answered where the type allows everybody.
 */
import type { Catalogue, LicenceType } from '../../catalogs/catalog.ts'
import type { FaceCheck } from '../../sdk/face.ts'
import { parseLicenceId } from '../../sdk/identifier-licence.ts'
import type { LicenceVerdict } from '../../sdk/licence.ts'
import { overall } from '../../sdk/licence/verdict.ts'
import type { Check, Outcome } from '../../sdk/licence/verdict.ts'
import { offlineCodePrefix, verifyOfflineCode } from '../../sdk/offline-code.ts'
import { Problem, problemFrom } from '../../sdk/problem.ts'
import type { Trust } from '../../sdk/trust.ts'
import type { StatusOfCode, Vault, VaultVerdict, VerifyQuestion } from '../../vault/index.ts'
import { checkAsker } from '../gate/verified-by.ts'

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

export interface Asked {
  readonly presented: Exclude<Presented, { readonly face: Uint8Array }>
  readonly times: Times
}

export interface Verification {
  /** @throws Problem unknown-licence, licence-erased, invalid-face, not-found, verification-restricted */
  readonly verify: (presented: Presented, times: Times) => Promise<PublicVerdict>
  /** Many at once, in their order; a problem stands in the place of what it is about. */
  readonly verifyAll: (asked: readonly Asked[]) => Promise<readonly (PublicVerdict | Problem)[]>
  /** @throws Problem not-found, verification-restricted */
  readonly stateOf: (code: string) => Promise<StatusOfCode>
}

interface Parts {
  readonly vault: Pick<Vault, 'verifyAll' | 'verifyFace' | 'licenceOfCode' | 'statusOfCode'>
  readonly trust: () => Trust
  readonly catalogue: Catalogue
}

export function createVerification(parts: Parts): Verification {
  const { vault, catalogue } = parts
  const types = new Map([...catalogue.licenceTypes.values()].map((type) => [type.typeCode, type]))
  const meant = meaningOf(parts, (licenceId) => {
    const type = typeIn(types, licenceId)
    if (type) checkAsker(type, 'anyone')
  })
  const verifyAll: Verification['verifyAll'] = async (asked) => {
    const all = await Promise.all(asked.map((one) => meant(one).catch(problemFrom)))
    const questions = all.flatMap((one) => ('question' in one ? [one.question] : []))
    const verdicts = (await vault.verifyAll(questions)).values()
    return all.map((one) => {
      if (!('question' in one)) return one
      const verdict = verdicts.next().value ?? new Problem('internal')
      return verdict instanceof Problem ? verdict : one.tell(verdict)
    })
  }
  return {
    verifyAll,
    verify: async (presented, times) => {
      if ('face' in presented) return vault.verifyFace({ face: presented.face, at: times.at })
      const [answer = new Problem('internal')] = await verifyAll([{ presented, times }])
      if (answer instanceof Problem) throw answer
      return answer
    },
    stateOf: async (code) => {
      const status = await vault.statusOfCode(code)
      const type = catalogue.licenceTypes.get(status.type)
      if (type) checkAsker(type, 'anyone')
      return status
    },
  }
}

/** What the vault is asked, and what is told of its verdict; or the answer, where it is not asked. */
type Meaning =
  | { readonly question: VerifyQuestion; readonly tell: (verdict: VaultVerdict) => PublicVerdict }
  | PublicVerdict

function meaningOf(
  { vault, trust }: Parts,
  checkName: (licenceId: string) => void,
): (asked: Asked) => Promise<Meaning> {
  return async ({ presented, times }) => {
    if ('document' in presented) {
      return { question: { document: presented.document, ...times }, tell: asItIs }
    }
    if ('licenceId' in presented) {
      checkName(presented.licenceId)
      return { question: { licenceId: presented.licenceId, ...times }, tell: asItIs }
    }
    if (!presented.code.startsWith(offlineCodePrefix)) {
      const licenceId = await vault.licenceOfCode(presented.code)
      checkName(licenceId)
      return { question: { licenceId, ...times }, tell: withoutName }
    }
    const { at } = times
    const { own, verdict, licenceId } = checkOfCode(presented.code, { trust: trust(), at })
    if (licenceId === undefined) return { verdict, at: at.toISOString(), checks: [own] }
    checkName(licenceId)
    return { question: { licenceId, ...times }, tell: (licence) => withCheck(licence, own) }
  }
}

function asItIs(verdict: VaultVerdict): PublicVerdict {
  return verdict
}

/** The static code tells how a licence stands, and not which one it is. */
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

/** The code as of then; the licence it names may have ended since it was made. */
function checkOfCode(
  text: string,
  asked: { readonly trust: Trust; readonly at: Date },
): { own: CodeCheck; verdict: PublicVerdict['verdict']; licenceId: string | undefined } {
  const { verdict, reason, code } = verifyOfflineCode(text, asked)
  const own = { ...codeCheck, outcome: outcomes[verdict], ...(reason !== undefined && { reason }) }
  return { own, verdict, licenceId: code?.licenceId }
}

function withCheck(licence: VaultVerdict, own: CodeCheck): PublicVerdict {
  const checks = [...licence.checks, own]
  return { ...licence, verdict: overall(checks), checks }
}
