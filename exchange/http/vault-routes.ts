/** What issuing departments do to their licences: POST /vault/licences/{licenceId}/acts */
import type { FastifyInstance } from 'fastify'
import type { AppParts } from './parts.ts'
import { bodyBytes, signedRequest } from './request.ts'

export function vaultRoutes(
  app: FastifyInstance,
  { authenticate, vaultDesk }: Pick<AppParts, 'authenticate' | 'vaultDesk'>,
): void {
  app.post<{ Params: { licenceId: string } }>(
    '/vault/licences/:licenceId/acts',
    async (request, reply) => {
      const caller = await authenticate(signedRequest(request))
      const done = await vaultDesk.change(caller, request.params.licenceId, bodyBytes(request))
      return reply.code(201).send(done)
    },
  )
}
