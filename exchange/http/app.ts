/**
 * The HTTP server: limits, content types, problem documents, and the routes of each surface. It
 * decides nothing about access and touches no database.
 */
import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { fastify as Fastify, LogController } from 'fastify'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem, problemFrom } from '../../sdk/problem.ts'
import { frameworkLog, thrownMembersOf } from '../watch/operator-log.ts'
import { createDoor, refuseBytes } from './door.ts'
import { faceRows } from './face-routes.ts'
import { graphqlRoutes } from './graphql-routes.ts'
import { logRows } from './log-routes.ts'
import { withDescription } from './openapi.ts'
import { httpLimits } from './parts.ts'
import type { AppParts } from './parts.ts'
import { publicRows } from './public-routes.ts'
import { createRate } from './rate.ts'
import { sendProblem } from './request.ts'
import type { AnyRow } from './route.ts'
import { addRoutes } from './routes.ts'
import { createTurns } from './turns.ts'
import { vaultRows } from './vault-routes.ts'
import { importRows } from './vault/import-rows.ts'
import { readingRows } from './vault/reading-rows.ts'
import { fieldRows } from './vault/verify-rows.ts'

/** A year, in which a browser that was here does not come back without TLS (RFC 6797). */
const strictTransport = 'max-age=31536000'

export function createApp(parts: AppParts): FastifyInstance {
  const { logger } = parts
  const streaming = new WeakSet<Duplex>()
  const app = Fastify({
    loggerInstance: frameworkLog(logger),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: httpLimits.body,
    handlerTimeout: httpLimits.requestMs,
    serverFactory: (handle) => createDoor(handle, parts.tls),
    clientErrorHandler: (thrown, socket) => {
      if (thrown.code === 'ERR_HTTP_REQUEST_TIMEOUT' && streaming.has(socket)) return
      parts.answered(undefined, refuseBytes(thrown, socket))
    },
    routerOptions: { maxParamLength: 200, caseSensitive: true, ignoreTrailingSlash: false },
    return503OnClosing: true,
    frameworkErrors: (thrown, request, reply) => {
      sayHow(reply, parts) // No hook runs for an address that no router reads.
      void sendProblem(reply, asProblem(thrown, request))
      parts.answered(undefined, reply.statusCode)
    },
    forceCloseConnections: 'idle',
  })
  app.decorateRequest('told')
  acceptJsonOnly(app)
  app.addHook('onRequest', async (request, reply) => {
    sayHow(reply, parts)
    if (request.url.length > httpLimits.urlLength) {
      throw new Problem('url-too-long', { limit: httpLimits.urlLength })
    }
    return Promise.resolve()
  })
  app.addHook('onResponse', async ({ id: requestId, method, routeOptions, told }, reply) => {
    const { statusCode: status, elapsedTime: elapsedMs } = reply
    const { url: route } = routeOptions
    parts.answered(route, status)
    logger.say('request', { requestId, method, route, status, elapsedMs, ...told })
    return Promise.resolve()
  })
  app.setErrorHandler((thrown: FastifyError, request, reply) => {
    const problem = asProblem(thrown, request)
    if (problem.code === 'internal') {
      logger.say('defect', { ...thrownMembersOf(thrown), requestId: request.id })
    }
    return sendProblem(reply, problem)
  })
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, new Problem('not-found')))
  app.addHook('onRoute', ({ url }) => {
    parts.declared(url)
  })
  const turns = createTurns()
  graphqlRoutes(app, { ...parts, turns })
  addRoutes(app, withDescription(rowsOf(parts)), {
    ...parts,
    ...{ turns, streaming },
    rate: createRate(parts.verifyPerMinute),
  })
  return app
}

/** Which request it was, and how the answer may be kept and shown. */
function sayHow(reply: FastifyReply, { tls }: Pick<AppParts, 'tls'>): void {
  reply.header('exchange-request-id', reply.request.id).header('cache-control', 'no-store')
  reply.header('x-content-type-options', 'nosniff')
  reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  if (tls) reply.header('strict-transport-security', strictTransport)
}

function rowsOf(parts: AppParts): readonly AnyRow[] {
  return [
    ...vaultRows(parts.vaultDesk),
    ...readingRows(parts.vaultReading),
    ...importRows(parts.vaultReading, parts.stockDesk),
    ...fieldRows(parts.fieldCheck),
    ...faceRows(parts),
    ...publicRows(parts),
    ...logRows(parts.log),
  ]
}

/** Bodies stay bytes: signatures are over them, and each surface parses strictly for itself. */
function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    [...['application/json', 'application/dc+sd-jwt', 'application/jwt', 'application/pdf']],
    { parseAs: 'buffer' },
    (_request, body, done) => {
      done(null, body)
    },
  )
}

const ofFastify: Readonly<Record<string, Problem>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: new Problem('unsupported-media-type'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: new Problem('invalid-request', { place: 'content-length' }),
  FST_ERR_HANDLER_TIMEOUT: new Problem('took-too-long', { limitMs: httpLimits.requestMs }),
  FST_ERR_BAD_URL: new Problem('not-found'),
  FST_ERR_MAX_PARAM_LENGTH: new Problem('not-found'),
  // Of QUERY, a method that no route has.
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: new Problem('not-found'),
  FST_ERR_ROUTE_MISSING_CONTENT: new Problem('not-found'),
}

function asProblem(thrown: FastifyError, { routeOptions }: FastifyRequest): Problem {
  if (thrown.code !== 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return ofFastify[thrown.code] ?? problemFrom(thrown)
  }
  return new Problem('body-too-large', { limit: routeOptions.bodyLimit })
}
