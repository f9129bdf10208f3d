/**
 * What was proven under one trust and need not be proven again for each licence: the path of a seal,
 * a signed status list, the head of a log. Only what held is remembered, so that a stranger's noise
 * drives nothing out. It belongs to the very `Trust` it was proven under, which is frozen with it, and
 * goes when that goes.
 */
import { readChain } from '../certificate/chain.ts'
import type { CertificateChain } from '../certificate/chain.ts'
import type { PathVerdict } from '../certificate/path.ts'
import { parseCertificate } from '../certificate/read.ts'
import type { Certificate } from '../certificate/read.ts'
import { openCheckpoint } from '../checkpoint.ts'
import type { OpenedHead } from '../checkpoint.ts'
import type { Crl } from '../revocation/crl.ts'
import { readJws } from '../jws.ts'
import { keysOver } from '../log-key.ts'
import { Problem } from '../problem.ts'
import { createRecall } from './recall.ts'
import type { Recall } from './recall.ts'
import { parseJsonObject } from '../json.ts'
import type { Json } from '../json.ts'
import { fromUtf8 } from '../primitives.ts'
import { validateSealPath } from './seal-path.ts'
import type { SealQuestion } from './seal-path.ts'
import { clockSkewSeconds } from '../status.ts'
import type { StatusListVerdict } from '../status.ts'
import { openStatusList } from '../status/signer.ts'
import type { Trust } from '../trust.ts'

export const memoryLimits = { seals: 1_000, lists: 64, heads: 1_000 } as const

interface Memory {
  readonly seals: Recall<PathVerdict>
  readonly lists: Recall<StatusListVerdict>
  readonly heads: Recall<OpenedHead>
}

const memories = new WeakMap<Trust, Memory>()

/** Nothing is seen of it but speed: forgetting all of it changes no answer. */
function memoryOf(trust: Trust): Memory {
  const known = memories.get(trust)
  if (known) return known
  const made: Memory = {
    seals: createRecall(memoryLimits.seals),
    lists: createRecall(memoryLimits.lists),
    heads: createRecall(memoryLimits.heads),
  }
  for (const part of [trust, trust.anchors, trust.crls, trust.logKeys]) Object.freeze(part)
  memories.set(trust, made)
  return made
}

/**
 * As `validateSealPath`, with nothing but the trust to judge by.
 * @param x5c in standard base64, the leaf first
 */
export function validateTrustedSeal(
  x5c: readonly string[],
  { trust, sealedAt, at }: Pick<SealQuestion, 'sealedAt' | 'at'> & { readonly trust: Trust },
): PathVerdict {
  return memoryOf(trust).seals.answer(x5c, [sealedAt, at], () => {
    const chain = readChain(x5c)
    const { anchors, crls } = trust
    const answer = validateSealPath(chain, { anchors, crls, sealedAt, at })
    return answer.ok ? { answer, moments: momentsOf(trust, chain) } : { answer }
  })
}

/** Whether this is an `x5c` that `validateTrustedSeal` remembers, and so has read. */
export function isTrustedChain(x5c: Json | undefined, trust: Trust): boolean {
  return Array.isArray(x5c) && memoryOf(trust).seals.knows(x5c)
}

/** As `openStatusList`. */
export function openTrustedStatusList(
  token: string,
  { trust, uri, at }: { readonly trust: Trust; readonly uri: string; readonly at: Date },
): StatusListVerdict {
  return memoryOf(trust).lists.answer([uri, token], [at], () => {
    const answer = openStatusList(token, { trust, uri, at })
    if (!answer.ok) return { answer }
    const { header, payload } = readJws(token)
    const { nbf } = parseJsonObject(fromUtf8(payload))
    const { issuedAt, expiresAt } = answer.list
    const begins = Math.max(issuedAt.getTime(), typeof nbf === 'number' ? nbf * 1000 : 0)
    const earliest = new Date(begins - clockSkewSeconds * 1000)
    const moments = [...momentsOf(trust, readChain(header['x5c'])), earliest, expiresAt]
    return { answer, moments }
  })
}

/**
 * The head of the log over an entry of that time.
 * @throws Problem invalid-checkpoint
 */
export function openTrustedHead(
  checkpoint: string,
  { trust, origin, at }: { readonly trust: Trust; readonly origin: string; readonly at: Date },
): OpenedHead {
  return memoryOf(trust).heads.answer([origin, checkpoint], [at], () => ({
    answer: openCheckpoint(checkpoint, { origin, keys: keysOver(at, trust.logKeys) }),
    moments: trust.logKeys.flatMap(({ until }) => until ?? []),
  }))
}

/** What a path is compared with: the ends of certificates and lists, and revocations on the path. */
function momentsOf(
  { anchors, crls }: Trust,
  { leaf, intermediates }: CertificateChain,
): readonly Date[] {
  const certificates = [...[leaf, ...intermediates].flatMap(readable), ...anchors]
  const revocations = ({ entries }: Crl): Date[] =>
    certificates.flatMap(({ serial }) => (entries.get(serial) ?? []).map(({ from }) => from))
  return [
    ...certificates.flatMap(({ notBefore, notAfter }) => [notBefore, notAfter]),
    ...crls.flatMap((crl) => [crl.thisUpdate, crl.nextUpdate, ...revocations(crl)]),
  ]
}

/** What cannot be read was passed over, at whatever time. */
function readable(der: Uint8Array): Certificate[] {
  try {
    return [parseCertificate(der)]
  } catch (thrown) {
    if (thrown instanceof Problem) return []
    throw thrown
  }
}
