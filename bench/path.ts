/**
 * Judging the certificate path of a leaf, its authority and the root (three certificates, two
 * signatures), each parsed every time and each time with another leaf: more of them than are remembered.
 * The limit is the two signatures, with keys made once, and with keys made of their bytes each time,
 * which is the floor for whoever parses.
 */
import { createPublicKey, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { obtain } from '../certs-dev/holder.ts'
import type { Holder, Keeper } from '../certs-dev/holder.ts'
import type { Owner } from '../certs-dev/profile.ts'
import { validatePath } from '../sdk/certificate.ts'
import type { Certificate, PathQuestion } from '../sdk/certificate.ts'
import { compare, inShortTurns, repeated } from './measure.ts'

const times = 20
const leafCount = 400
const owner: Owner = { zh: '证通', organisation: '证通' }
const unkept: Keeper = {
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve(),
}

export async function measurePaths(): Promise<void> {
  const at = new Date()
  const root = await obtain({ profile: 'root', owner, at }, unkept)
  const issuer = await obtain({ profile: 'licensing', owner, issuer: root, at }, unkept)
  const leaves: Holder[] = []
  for (let i = 0; i < leafCount; i += 1) {
    const other = { ...owner, zh: `证通 ${i}` }
    leaves.push(await obtain({ profile: 'status', owner: other, issuer, at }, unkept))
  }
  const paths = leaves.map(({ certificate }) => [certificate, issuer.certificate, root.certificate])
  const questions = paths.map(questionOf(at))
  const pairs = paths.map(signedPairs)
  let [asked, signed] = [0, 0]
  const next = (): number => (asked += 1) % leafCount
  const signatures = (keyOf: (pair: SignedPair) => KeyObject) => () =>
    repeated(times, () => {
      signed += 1
      for (const pair of pairs[signed % leafCount] ?? []) {
        must(verify('sha256', pair.tbs, keyOf(pair), pair.signature))
      }
    })
  await compare({
    ...{ name: 'path of three certificates', unit: 'paths', ...inShortTurns },
    work: () =>
      repeated(times, () => {
        const question = questions[next()]
        must(question !== undefined && validatePath(question).ok)
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

/** What is asked, with each certificate as the bytes it came in. */
function questionOf(at: Date): (path: readonly Certificate[]) => PathQuestion {
  return (path) => {
    const [leaf, issuer, root] = path.map(({ der }) => der)
    if (!leaf || !issuer || !root) throw new Error('three certificates')
    return { leaf, intermediates: [issuer], anchors: [root], at, profile: 'strict' }
  }
}

/** Each certificate with the key of the next one. */
function signedPairs(path: readonly Certificate[]): readonly SignedPair[] {
  return path.slice(1).flatMap(({ publicKey: key }, i) => {
    const { tbs, signature } = path[i] ?? {}
    const format = { format: 'der', type: 'spki' } as const
    const spki = { key: key.export(format), ...format }
    return tbs && signature ? [{ tbs, signature, key, spki }] : []
  })
}

function must(holds: boolean): void {
  if (!holds) throw new Error('it must hold')
}
