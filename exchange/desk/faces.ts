/**
 * The desk where departments have copies made and codes shown and scanned: the request's token is
 * consumed in the transaction that makes the copy or the code, or scans it, and the entry has the hash
 * of the answer: of the members of JSON as receipts have it, of the bytes of a PDF.
 */
import { toBase64url } from '../../sdk/base64url.ts'
import { sha256 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import { answerHash } from '../../sdk/receipt.ts'
import type { Vault } from '../../vault/index.ts'
import { consume, requestMembers } from '../audit/record.ts'
import { createRate } from '../http/rate.ts'
import { readInstant } from '../instant.ts'
import type { Attended } from './attending.ts'

type Copies = Awaited<ReturnType<Vault['copyOf']>>
type Shows = Awaited<ReturnType<Vault['show']>>
type Scans = Awaited<ReturnType<Vault['scan']>>

export interface FaceDesk {
  /** @throws Problem invalid-copy, unknown-licence, not-the-issuer, licence-erased, wrong-state */
  readonly copy: (asked: Attended & AskedCopy) => Promise<Copies>
  /** @throws Problem unknown-licence, not-the-issuer, wrong-state */
  readonly show: (
    asked: Attended & { readonly licenceId: string; readonly minutes: number },
  ) => Promise<{ readonly code: string; readonly expiresAt: string }>
  /** @throws Problem show-code-refused, too-many-guesses */
  readonly scan: (asked: Attended & { readonly code: string }) => Promise<Scans>
}

interface AskedCopy {
  readonly licenceId: string
  readonly purpose: string
  readonly case: string
  readonly expires: string
}

/** As fast as one officer scans by hand; who guesses codes is stopped. */
const scansPerMinute = 30

export function createFaceDesk(vault: Vault): FaceDesk {
  const rate = createRate(scansPerMinute)
  return {
    copy: async ({ caller, at, licenceId, purpose, case: number, expires: until }) => {
      const { department, officer, rid: key } = caller
      const expires = readInstant(until)
      if (!expires) throw new Problem('invalid-request', { place: 'expires', expected: 'a time' })
      const asked = { licenceId, purpose, case: number, department, officer, expires, key }
      return vault.copyOf(asked, async (tx, { pdf }) => {
        await consume(tx, caller, at)
        return { ...requestMembers(caller), ah: toBase64url(sha256(pdf)) }
      })
    },
    show: async ({ caller, at, licenceId, minutes }) => {
      const { department, officer, rid: key } = caller
      const asked = { licenceId, minutes, department, officer, key }
      const shown = await vault.show(asked, async (tx, told) => {
        await consume(tx, caller, at)
        // The code is 128 random bits, so that its hash tells nobody what it is.
        return { ...requestMembers(caller), ah: answerHash(showing(told)) }
      })
      return showing(shown)
    },
    scan: ({ caller, at, code }) => {
      const { department, officer, rid: key } = caller
      const { isSpent, resetSeconds: retryAfter } = rate(`${department}/${officer}`, at)
      if (isSpent) throw new Problem('too-many-guesses', { limit: scansPerMinute, retryAfter })
      return vault.scan({ code, department, officer, key }, async (tx, told) => {
        await consume(tx, caller, at)
        return { ...requestMembers(caller), ah: answerHash({ ...told }) }
      })
    },
  }
}

function showing({ code, expiresAt }: Shows) {
  return { code, expiresAt: expiresAt.toISOString() }
}
