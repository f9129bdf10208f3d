/** One entry with everything somebody else needs to believe that it is in the log. */
import { toBase64url } from '../../sdk/base64url.ts'
import { openCheckpoint } from '../../sdk/checkpoint.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import { leafHash, verifyInclusion } from '../../sdk/merkle.ts'
import { equalBytes, fromUtf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Trust } from '../../sdk/trust.ts'
import { withExchange } from './open.ts'
import { exit } from './shell.ts'
import type { Shell } from './shell.ts'

interface Evidence {
  readonly leaf: Uint8Array
  readonly body: Uint8Array
  readonly origin: string
  readonly index: number
  readonly size: number
  readonly proof: readonly Uint8Array[]
  readonly checkpoint: string
}

export async function runProve(shell: Shell, leaf: Uint8Array): Promise<void> {
  const { terminal } = shell
  await withExchange(shell, async ({ log, settings: { keys } }) => {
    const found = await log.proof(leaf)
    const body = await log.body(leaf)
    if (found === 'unknown' || !body) throw new Problem('not-in-log')
    if (found === 'pending') throw new Problem('not-yet-integrated')
    const { shard, ...proof } = found
    const evidence: Evidence = { leaf, body, origin: log.origin(shard), ...proof }
    const ok = holds(evidence, keys.trust)
    const { origin, index, size, checkpoint } = evidence
    const hashes = evidence.proof.map(toBase64url)
    const entry = parseJsonObject(fromUtf8(body))
    terminal.answer(
      { ok, leaf: toBase64url(leaf), entry, origin, index, size, proof: hashes, checkpoint },
      [
        `entry      ${fromUtf8(body)}`,
        `leaf       ${toBase64url(leaf)}`,
        `position   ${index} of ${size} in ${origin}`,
        ...hashes.map((hash, i) => `${i === 0 ? 'proof     ' : '          '} ${hash}`),
        'checkpoint',
        ...checkpoint
          .trimEnd()
          .split('\n')
          .map((line) => `  ${line}`),
        ok
          ? `${terminal.paint('green', '✓')} 已离线核验 · verified offline with the trusted log key`
          : `${terminal.paint('red', '✗')} 证明不成立 · the proof does not hold`,
      ],
    )
    if (!ok) shell.end(exit.failed)
  })
}

/** What a relying party does with it: the bytes, the signature and the path, and no database. */
function holds(
  { leaf, body, origin, index, size, proof, checkpoint }: Evidence,
  trust: Trust,
): boolean {
  const head = openCheckpoint(checkpoint, { origin, keys: trust.logKeys.map(({ key }) => key) })
  const leads = verifyInclusion({ leafHash: leafHash(body), index, size, proof, root: head.root })
  return equalBytes(leafHash(body), leaf) && head.size === size && leads
}
