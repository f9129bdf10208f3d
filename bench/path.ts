/**
 * Judging the certificate path of a leaf, its authority and the root (three certificates, two
 * signatures), each parsed every time. The limit is the two signatures, with keys made once, and with keys made of their bytes each time,
 * which is the floor for whoever parses.
 */
import { createPublicKey, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { parseCertificate, validatePath } from '../sdk/certificate.ts'
import type { PathQuestion } from '../sdk/certificate.ts'
import { compare, inShortTurns, repeated } from './measure.ts'
import { createPki } from './pki.ts'

const times = 20

export async function measurePaths(): Promise<void> {
  const at = new Date()
  const { trust, status } = await createPki(at)
  const [leaf, ...intermediates] = status.chain
  const anchors = trust.anchors.map(({ der }) => der)
  if (!leaf || intermediates.length + anchors.length !== 2) throw new Error('three certificates')
  const question: PathQuestion = {
    ...{ leaf, intermediates, anchors, at, profile: 'strict' },
  }
  const pairs = signedPairs([leaf, ...intermediates, ...anchors])
  const signatures = (keyOf: (pair: SignedPair) => KeyObject) => () =>
    repeated(times, () => {
      for (const pair of pairs) {
        must(verify('sha256', pair.tbs, keyOf(pair), pair.signature))
      }
    })
  await compare({
    ...{ name: 'path of three certificates', unit: 'paths', ...inShortTurns },
    work: () =>
      repeated(times, () => {
        must(validatePath(question).ok)
      }),
    limits: {
      'two signatures, cached keys': signatures(({ key }) => key),
      'the same with keys made each time': signatures(({ spki }) => createPublicKey(spki)),
    },
  })
}

interface SignedPair {
  readonly tbs: Uint8Array
  readonly signature: Uint8Array
  readonly key: KeyObject
  readonly spki: Parameters<typeof createPublicKey>[0]
}

/** Each certificate with the key of the next one. */
function signedPairs(chain: readonly Uint8Array[]): readonly SignedPair[] {
  const certificates = chain.map(parseCertificate)
  return certificates.slice(1).flatMap(({ publicKey: key }, i) => {
    const { tbs, signature } = certificates[i] ?? {}
    const format = { format: 'der', type: 'spki' } as const
    const spki = { key: key.export(format), ...format }
    return tbs && signature ? [{ tbs, signature, key, spki }] : []
  })
}

function must(holds: boolean): void {
  if (!holds) throw new Error('it must hold')
}
