/**
 * Sealing many licences beside whatever else this process does, on threads of its own, where the keys of
 * their seals are in this process. What the threads do not seal is sealed as a single licence is.
 */
import { openThreads, portionsOf } from '../../sdk/threads.ts'
import type { Threads } from '../../sdk/threads.ts'
import type { Trust } from '../../sdk/trust.ts'
import type { Begun } from './intent.ts'
import { unpacked } from './seal-answer.ts'
import type { SealAnswer } from './seal-answer.ts'
import type { SealedDocument } from './seal-one.ts'
import type { SealKey, Signer } from './signer.ts'

const sealLimits = {
  /** It seals faster than rows are read and stored, and each takes 40 MB of what an import may. */
  threads: 1,
  /** Fewer are sealed sooner than they are handed over. */
  fewest: 8,
  /** In one message, and no fewer while there are more: nobody else waits to take some of them. */
  licencesAtOnce: 32,
} as const

/** What a thread is asked to seal; the keys are of all issuers that it names. */
export interface SealTask {
  readonly at: Date
  readonly seals: ReadonlyMap<string, SealKey>
  readonly licences: readonly ToSeal[]
}

interface ToSeal extends Pick<Begun, 'licenceId' | 'dataKey' | 'content'> {
  readonly issuer: string
}

export interface SealThreads {
  /** Those that could be sealed, by licence. @throws Problem internal when a thread dies */
  readonly seal: (
    vault: { readonly signer: Signer; readonly clock: () => Date },
    begun: readonly Begun[],
  ) => Promise<ReadonlyMap<string, SealedDocument>>
  readonly close: () => Promise<void>
}

/** They begin when they are first needed, and anew whenever the trust is another. */
export function createSealThreads({ trust }: { readonly trust: () => Trust }): SealThreads {
  const { threads, fewest, licencesAtOnce } = sealLimits
  let open: { readonly under: Trust; readonly pool: Threads<SealTask, SealAnswer> } | undefined
  const close = async (): Promise<void> => {
    const { pool } = open ?? {}
    open = undefined
    await pool?.close()
  }
  const poolUnder = (under: Trust): Threads<SealTask, SealAnswer> => {
    if (open?.under === under) return open.pool
    void close() // Of what it was asked it still answers all; ending a thread does not fail.
    const program = new URL('./seal-thread.ts', import.meta.url)
    open = { under, pool: openThreads({ program, data: under, threads }) }
    return open.pool
  }
  return {
    seal: async (vault, begun) => {
      const known = begun.filter(({ facts }) => vault.signer.keyOf?.(facts.issuer))
      if (known.length < fewest) return new Map()
      const pool = poolUnder(trust())
      const sizes = { most: licencesAtOnce, fewest: licencesAtOnce }
      const portions = portionsOf(known, { threads, ...sizes })
      try {
        const answers = await Promise.all(portions.map((some) => pool.run(taskOf(vault, some))))
        return new Map(answers.flatMap(unpacked))
      } catch (thrown) {
        await close()
        throw thrown
      }
    },
    close,
  }
}

function taskOf(
  { signer, clock }: { readonly signer: Signer; readonly clock: () => Date },
  begun: readonly Begun[],
): SealTask {
  const issuers = new Set(begun.map(({ facts }) => facts.issuer))
  const seals = [...issuers].flatMap((issuer) => {
    const key = signer.keyOf?.(issuer)
    return key ? [[issuer, key] as const] : []
  })
  const licences = begun.map(({ licenceId, dataKey, content, facts: { issuer } }) => {
    return { licenceId, dataKey, content, issuer }
  })
  return { at: clock(), seals: new Map(seals), licences }
}
