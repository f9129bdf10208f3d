/**
 * Seals kept by a signing server of the departments, a cryptographic module with an HTTP address:
 *
 *   POST <url>  { "department", "algorithm", "certificate": <SHA-256>, "message": <base64url> }
 *   200         { "signature": <base64url> }
 *
 * Its answer is believed when it verifies under the certificate that the seal is known by; nothing else
 * is ever used. The certificates are the operator's, not the server's.
 */
import { isKeyFor, verifyBytes } from '../../sdk/algorithm.ts'
import type { AlgorithmName } from '../../sdk/algorithm.ts'
import { fromBase64url, toBase64url } from '../../sdk/base64url.ts'
import { parseCertificate } from '../../sdk/certificate.ts'
import type { Certificate } from '../../sdk/certificate/read.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import type { Seal } from '../../sdk/licence/document.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Signer } from './signer.ts'

export interface SigningServer {
  readonly url: string
  /** Sent as bearer token. */
  readonly token: string
  /** By department: its certificates, leaf first, DER. */
  readonly seals: ReadonlyMap<string, readonly Uint8Array[]>
}

const signingLimits = { deadlineMs: 5_000, answerBytes: 4_096 } as const

const sealAlgorithms = ['ES256', 'ES384', 'ES512', 'SGD_SM3_SM2', 'EdDSA'] as const

export function signingServer({ url, token, seals }: SigningServer): Signer {
  const known = new Map(
    [...seals].map(([department, chain]) => [
      department,
      sealAt({ url, token, department, chain }),
    ]),
  )
  return {
    sealOf: (department) => {
      const seal = known.get(department)
      if (!seal) throw new Problem('seal-unavailable', { department })
      return seal
    },
  }
}

interface Place {
  readonly url: string
  readonly token: string
  readonly department: string
  readonly chain: readonly Uint8Array[]
}

function sealAt(place: Place): Seal {
  const { chain, department } = place
  const [leaf] = chain
  if (!leaf) throw new Problem('seal-unavailable', { department })
  const certificate = parseCertificate(leaf)
  const algorithm = algorithmFor(certificate)
  return {
    ...{ algorithm, chain },
    sign: async (message) => {
      const signature = await ask(place, { algorithm, certificate, message })
      if (verifyBytes(algorithm, certificate.publicKey, message, signature)) return signature
      throw new Problem('seal-unavailable', { department, reason: 'signature' })
    },
  }
}

function algorithmFor({ publicKey }: Certificate): AlgorithmName {
  const algorithm = sealAlgorithms.find((name) => isKeyFor(name, publicKey))
  if (!algorithm) throw new Problem('unsupported-key')
  return algorithm
}

async function ask(
  { url, token, department }: Place,
  asked: {
    readonly algorithm: AlgorithmName
    readonly certificate: Certificate
    readonly message: Uint8Array
  },
): Promise<Uint8Array> {
  const body = JSON.stringify({
    ...{ department, algorithm: asked.algorithm, certificate: asked.certificate.fingerprint },
    message: toBase64url(asked.message),
  })
  try {
    const reply = await fetch(url, {
      ...{ method: 'POST', body, redirect: 'error' },
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(signingLimits.deadlineMs),
    })
    if (reply.status !== 200) throw new Problem('seal-unavailable', { department })
    const { signature } = parseJsonObject(await bounded(reply))
    return fromBase64url(typeof signature === 'string' ? signature : '')
  } catch (cause) {
    // Whatever the server said or did not say, there is no seal now; what was begun is sealed later.
    throw new Problem('seal-unavailable', { department }, { cause })
  }
}

/** The text of an answer that is not longer than it may be. */
async function bounded(reply: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of reply.body ?? []) {
    bytes += part.length
    if (bytes > signingLimits.answerBytes) throw new Problem('body-too-large', signingLimits)
    parts.push(part)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
}
