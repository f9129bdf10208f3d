/**
 * A worker that plays the callers, on a thread of its own so that the server's is left to the server.
 * It sends what it is handed over connections kept alive, and reports when all is answered.
 */
import { Agent, request } from 'node:http'
import { parentPort } from 'node:worker_threads'
import { inParallel } from './measure.ts'

/** Requests that were signed beforehand. */
export interface Load {
  readonly url: string
  readonly callers: number
  readonly body: string
  readonly tokens: readonly string[]
}

/** How many were answered, or what went wrong. */
export type LoadResult = { readonly answered: number } | { readonly failure: string }

const agent = new Agent({ keepAlive: true })

parentPort?.on('message', (load: Load) => {
  play(load).then(
    (answered) => parentPort?.postMessage({ answered } satisfies LoadResult),
    (thrown: unknown) => parentPort?.postMessage({ failure: String(thrown) } satisfies LoadResult),
  )
})

function play({ url, callers, body, tokens }: Load): Promise<number> {
  return inParallel({ callers, count: tokens.length }, async (i) => {
    const answer = await post(url, { body, token: tokens[i] ?? '' })
    // An answer without a document would be a refusal, and refusals are cheap.
    if (!answer.includes('document')) throw new Error(answer.slice(0, 500))
  })
}

function post(url: string, { body, token }: { body: string; token: string }): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    authorization: `Bearer ${token}`,
  }
  const sent = request(url, { method: 'POST', agent, headers }, (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (piece: string) => (text += piece))
    response.on('end', () => {
      resolve(text)
    })
    response.on('error', reject)
  })
  sent.on('error', reject)
  sent.end(body)
  return promise
}
