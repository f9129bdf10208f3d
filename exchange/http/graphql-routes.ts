/** POST /graphql: authenticated before a byte of the query is looked at, and answered in turn. */
import type { FastifyInstance } from 'fastify'
import { failpoint } from '../../db/postgres.ts'
import { Problem } from '../../sdk/problem.ts'
import { thrownMembersOf } from '../watch/operator-log.ts'
import type { AppParts } from './parts.ts'
import { bodyBytes, callerOf } from './request.ts'
import type { Turns } from './turns.ts'

export function graphqlRoutes(
  app: FastifyInstance,
  {
    graphql,
    authenticate,
    logger,
    turns,
  }: Pick<AppParts, 'graphql' | 'authenticate' | 'logger'> & { readonly turns: Turns },
): void {
  app.post('/graphql', async (request, reply) => {
    const caller = await callerOf(request, authenticate)
    const { department } = caller
    const { signal, headers } = request
    const defect = (thrown: unknown): void => {
      logger.say('defect', { ...thrownMembersOf(thrown), requestId: request.id })
    }
    const asked = { body: bodyBytes(request), accept: headers.accept, defect }
    const response = await turns.take({ department, signal }, () => graphql(asked, caller))
    response.headers.forEach((value, name) => void reply.header(name, value))
    const sent = reply.code(response.status).send(Buffer.from(await response.arrayBuffer()))
    failpoint('mid-send') // The system has the first bytes; who asked may have all, some or none.
    return sent
  })
  app.get('/graphql', (_request, reply) => {
    void reply.header('allow', 'POST') // RFC 9110 §15.5.6.
    throw new Problem('method-not-allowed')
  })
}
