/** What issuing departments do to their licences: POST /vault/licences/{licenceId}/acts */
import type { FastifyInstance } from 'fastify'
import { parseJsonObject } from '../../sdk/json.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
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
      const body = parseJsonObject(fromUtf8(bodyBytes(request)))
      const done = await vaultDesk.change(caller, request.params.licenceId, body)
      return reply.code(201).send(done)
    },
  )
}
