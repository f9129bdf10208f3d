/** POST /graphql: authenticated before a byte of the query is looked at. */
import type { FastifyInstance } from 'fastify'
import { parseJsonObject } from '../../sdk/json.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import type { AppParts } from './parts.ts'
import { bodyBytes, signedRequest } from './request.ts'

/** `extensions` and anything else a client might add is refused: nothing here would read it. */
const members: ReadonlySet<string> = new Set(['query', 'variables', 'operationName'])

export function graphqlRoutes(
  app: FastifyInstance,
  { graphql, authenticate }: Pick<AppParts, 'graphql' | 'authenticate'>,
): void {
  app.post('/graphql', async (request, reply) => {
    const caller = await authenticate(signedRequest(request))
    const body = fromUtf8(bodyBytes(request))
    const unknown = Object.keys(parseJsonObject(body)).find((name) => !members.has(name))
    if (unknown !== undefined) throw new Problem('invalid-request', { place: 'body' })
    const response = await graphql(
      new Request('http://exchange/graphql', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: request.headers.accept ?? 'application/graphql-response+json',
        },
        body,
      }),
      caller,
    )
    response.headers.forEach((value, name) => void reply.header(name, value))
    return reply.code(response.status).send(Buffer.from(await response.arrayBuffer()))
  })
  app.get('/graphql', () => {
    throw new Problem('method-not-allowed')
  })
}
