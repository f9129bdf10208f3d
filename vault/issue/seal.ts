/**
 * Setting the seals of what was begun, of many on threads of their own. Nothing of it is durable yet, and
 * no transaction is open meanwhile: a slow module holds no lock.
 */
import { setImmediate } from 'node:timers/promises'
import { failpoint } from '../../db/postgres.ts'
import type { Begun } from './intent.ts'
import type { Sealed } from './keep.ts'
import type { Lint } from './lint.ts'
import { sealOne } from './seal-one.ts'
import type { SealedDocument } from './seal-one.ts'
import type { SealThreads } from './seal-threads.ts'
import type { Signer } from './signer.ts'

export interface Sealing {
  readonly signer: Signer
  readonly lint: Lint
  readonly threads: SealThreads
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
  const apart = await vault.threads.seal(vault, begun)
  const outcomes: PromiseSettledResult<Sealed>[] = []
  while (outcomes.length < begun.length) {
    const next = begun.slice(outcomes.length, outcomes.length + atOnce)
    const sealed = next.map(async (one) => {
      const { licenceId, facts } = one
      return { licenceId, facts, ...(apart.get(licenceId) ?? (await sealHere(vault, one))) }
    })
    outcomes.push(...(await Promise.allSettled(sealed)))
    await setImmediate()
  }
  failpoint('after-sign-before-store')
  return outcomes
}

async function sealHere({ signer, lint, clock }: Sealing, begun: Begun): Promise<SealedDocument> {
  return sealOne({ lint, seal: signer.sealOf(begun.facts.issuer), at: clock() }, begun)
}
