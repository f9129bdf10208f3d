/**
 * The desk where departments have copies made and codes shown and scanned: the request's token is
 * consumed in the transaction that makes the copy or the code, or scans it.
 */
import { answerHash } from '../sdk/receipt.ts'
import { Problem } from '../sdk/problem.ts'
import type { Vault } from '../vault/index.ts'
import { consume, requestMembers } from './audit/record.ts'
import { readInstant } from './instant.ts'
import type { Attended } from './vault-desk.ts'

type Copies = Awaited<ReturnType<Vault['copyOf']>>
type Scans = Awaited<ReturnType<Vault['scan']>>

export interface FaceDesk {
  /** @throws Problem invalid-copy, unknown-licence, not-the-issuer, licence-erased, wrong-state */
  readonly copy: (asked: Attended & AskedCopy) => Promise<Copies>
  /** @throws Problem unknown-licence, not-the-issuer, wrong-state */
  readonly show: (
    asked: Attended & { readonly licenceId: string; readonly minutes: number },
  ) => Promise<{ readonly code: string; readonly expiresAt: string }>
  /** @throws Problem show-code-refused */
  readonly scan: (asked: Attended & { readonly code: string }) => Promise<Scans>
}

interface AskedCopy {
  readonly licenceId: string
  readonly purpose: string
  readonly case: string
  readonly expires: string
}

export function createFaceDesk(vault: Vault): FaceDesk {
  return {
    copy: async ({ caller, at, licenceId, purpose, case: number, expires: until }) => {
      const { department, officer } = caller
      const expires = readInstant(until)
      if (!expires) throw new Problem('invalid-request', { place: 'expires', expected: 'a time' })
      const asked = { licenceId, purpose, case: number, department, officer, expires }
      return vault.copyOf(asked, async (tx, copyId) => {
        await consume(tx, caller, at)
        return { ...requestMembers(caller), ah: answerHash({ copyId }) }
      })
    },
    show: async ({ caller, at, licenceId, minutes }) => {
      const { department, officer } = caller
      const asked = { licenceId, minutes, department, officer }
      const { code, expiresAt } = await vault.show(asked, async (tx) => {
        await consume(tx, caller, at)
        return requestMembers(caller)
      })
      return { code, expiresAt: expiresAt.toISOString() }
    },
    scan: ({ caller, at, code }) => {
      const { department, officer } = caller
      return vault.scan({ code, department, officer }, async (tx) => {
        await consume(tx, caller, at)
        return requestMembers(caller)
      })
    },
  }
}
