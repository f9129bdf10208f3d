/**
 * Signatures alone: SM2 with a department's key that is known, beside OpenSSL's own, and what reading
 * and judging a token adds to the signature it carries.
 */
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync, verify } from 'node:crypto'
import { signBytes, verifyBytes } from '../sdk/algorithm.ts'
import { readJws, signJws, verifyJws } from '../sdk/jws.ts'
import { utf8 } from '../sdk/primitives.ts'
import { compare, inShortTurns, median, repeated, rounded } from './measure.ts'

const sm2 = { count: 2_000, rounds: 4 } as const
const tokens = 40
const payload = JSON.stringify({ iss: 'meilanMarket', sub: 'officer-017', bh: 'x'.repeat(400) })

export async function measureSignatures(): Promise<void> {
  measureSm2()
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const token = signJws({ header: { kid: 'k1', typ: 'request+jwt' }, payload, key: privateKey })
  const { signingInput, signature } = readJws(token)
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  await compare({
    ...{ name: 'verifyJws, ES256, 700 bytes', unit: 'tokens', ...inShortTurns },
    work: () =>
      repeated(tokens, () => {
        sure(verifyJws(token, publicKey, { typ: 'request+jwt' }).ok)
      }),
    limits: {
      'its signature alone': () =>
        repeated(tokens, () => {
          sure(verify('sha256', signingInput, key, signature))
        }),
    },
  })
}

/** By the CPU second on both sides, because that is how `openssl speed` counts. */
function measureSm2(): void {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'SM2' })
  const message = utf8(payload)
  const signature = signBytes('SGD_SM3_SM2', privateKey, message)
  const rounds = Array.from({ length: sm2.rounds }, () => {
    const theirs = opensslVerifications()
    const begun = process.cpuUsage()
    const count = repeated(sm2.count, () => {
      sure(verifyBytes('SGD_SM3_SM2', publicKey, message, signature))
    })
    const { user, system } = process.cpuUsage(begun)
    return { theirs, ours: (count * 1e6) / (user + system) }
  }).slice(1)
  const [ours, theirs] = [
    median(rounds.map((one) => one.ours)),
    median(rounds.map((one) => one.theirs)),
  ]
  const compared = Number.isNaN(theirs)
    ? 'openssl is not installed'
    : `${(ours / theirs).toFixed(3)} of openssl speed sm2 (${rounded(theirs)}/s)`
  process.stdout.write(
    `verify, SM2, a known key: ${rounded(ours)} signatures/s of CPU = ${compared}\n`,
  )
}

/** What `openssl speed` verifies in a second: the last number of its last line. */
function opensslVerifications(): number {
  const { stdout, status } = spawnSync('openssl', ['speed', '-mr', '-seconds', '1', 'sm2'], {
    encoding: 'utf8',
  })
  return status === 0 ? Number(/:([\d.]+)\s*$/.exec(stdout)?.[1]) : NaN
}

function sure(holds: boolean): void {
  if (!holds) throw new Error('it must verify')
}
