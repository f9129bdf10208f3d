/** What issuing departments do to their licences: POST /vault/licences/{licenceId}/acts */
import type { FastifyInstance } from 'fastify'
import type { AppParts } from './parts.ts'
import { bodyBytes, callerOf } from './request.ts'
import type { Turns } from './turns.ts'

export function vaultRoutes(
  app: FastifyInstance,
  {
    authenticate,
    vaultDesk,
    turns,
  }: Pick<AppParts, 'authenticate' | 'vaultDesk'> & { readonly turns: Turns },
): void {
  app.post<{ Params: { licenceId: string } }>(
    '/vault/licences/:licenceId/acts',
    async (request, reply) => {
      const caller = await callerOf(request, authenticate)
      const { department } = caller
      const { params, signal } = request
      const done = await turns.take({ department, signal }, () =>
        vaultDesk.change(caller, params.licenceId, bodyBytes(request)),
      )
      return reply.code(201).send(done)
    },
  )
}
