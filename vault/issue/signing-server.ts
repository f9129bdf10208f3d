/**
 * Seals kept by a signing server of the departments, a cryptographic module with an HTTPS address that
 * knows us by our certificate:
 *
 *   POST <url>  { "department", "algorithm", "certificate": <SHA-256>, "message": <base64url> }
 *   200         { "signature": <base64url> }
 *
 * Slow, silent, redirecting or lying, it is one thing: no seal now; what was begun is sealed later.
 */
import { fromBase64url, toBase64url } from '../../sdk/base64url.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import { createTransport, readAtMost } from '../../sdk/transport.ts'
import type { TlsEnd, Transport } from '../../sdk/transport.ts'
import { signerElsewhere } from './signer.ts'
import type { SealChains, SealQuestion, Signer } from './signer.ts'

export interface SigningServer {
  readonly url: URL
  readonly tls: TlsEnd
  /** For the whole of one question and its answer. */
  readonly deadlineMs: number
}

const answerBytesMax = 4_096

export function signingServer(server: SigningServer, chains: SealChains): Signer {
  const send = createTransport(server.tls)
  return signerElsewhere(chains, async (question) => {
    try {
      return await ask(server, send, question)
    } catch (cause) {
      throw new Problem('seal-unavailable', { department: question.department }, { cause })
    }
  })
}

async function ask(
  { url, deadlineMs }: SigningServer,
  send: Transport,
  { department, algorithm, certificate, message }: SealQuestion,
): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(deadlineMs)
  const body = JSON.stringify({
    ...{ department, algorithm, certificate: certificate.fingerprint },
    message: toBase64url(message),
  })
  const headers = { 'content-type': 'application/json' }
  const reply = await send(url, { method: 'POST', headers, body, signal })
  const bytes = await readAtMost(reply, answerBytesMax)
  if (reply.statusCode !== 200 || !bytes) throw new Problem('seal-unavailable', { department })
  const { signature } = parseJsonObject(fromUtf8(bytes))
  return fromBase64url(typeof signature === 'string' ? signature : '')
}
