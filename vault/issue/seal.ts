/**
 * Setting the seal: what was begun is linted, signed and encrypted. Nothing of it is durable yet, and no
 * transaction is open meanwhile: a slow module holds no lock.
 */
import { setImmediate } from 'node:timers/promises'
import { failpoint } from '../../db/postgres.ts'
import { fromBase64url } from '../../sdk/base64url.ts'
import { documentDigest, sealLicence } from '../../sdk/licence/document.ts'
import { utf8 } from '../../sdk/primitives.ts'
import { encrypt } from '../keys/cipher.ts'
import type { Begun } from './intent.ts'
import type { Sealed } from './keep.ts'
import type { Lint } from './lint.ts'
import type { Signer } from './signer.ts'

export interface Sealing {
  readonly signer: Signer
  readonly lint: Lint
  readonly clock: () => Date
}

/** So few at once that others, such as what waits for the database, get their turn between. */
const atOnce = 20

/** One outcome for each, in their order: who cannot be sealed keeps nobody else from it. */
export async function sealEach(
  vault: Sealing,
  begun: readonly Begun[],
): Promise<PromiseSettledResult<Sealed>[]> {
  failpoint('before-sign')
  const outcomes: PromiseSettledResult<Sealed>[] = []
  while (outcomes.length < begun.length) {
    const next = begun.slice(outcomes.length, outcomes.length + atOnce)
    outcomes.push(...(await Promise.allSettled(next.map((one) => sealOne(vault, one)))))
    await setImmediate()
  }
  failpoint('after-sign-before-store')
  return outcomes
}

/** @throws Problem seal-unavailable, document-not-sound */
async function sealOne(
  { signer, lint, clock }: Sealing,
  { licenceId, facts, dataKey, draft }: Begun,
): Promise<Sealed> {
  const seal = lint(draft, signer.sealOf(facts.issuer))
  const document = await sealLicence(draft, seal, clock())
  return {
    ...{ licenceId, facts },
    sealed: encrypt(dataKey, utf8(document), `licence:${licenceId}`),
    documentDigest: fromBase64url(documentDigest(document)),
  }
}
