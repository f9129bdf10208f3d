/**
 * The police's own system in the sample world: a small JSON service over their database, for whoever
 * has the secret. It is no part of the exchange, and shares nothing with it but the contract.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from '../db/postgres.ts'
import type { Db } from '../db/postgres.ts'
import { isJsonObject, parseJsonObject } from '../sdk/json.ts'
import type { Json, JsonObject } from '../sdk/json.ts'
import { equalBytes, fromUtf8, utf8 } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import { findPerson } from './registry-store.ts'

export interface PopulationRegistry {
  readonly url: string
  readonly close: () => Promise<void>
}

const path = '/population/person'
const questionBytesMax = 4_096

interface Reply {
  readonly status: number
  readonly body: JsonObject
}

export async function openPopulationRegistry({
  databaseUrl,
  token,
}: {
  readonly databaseUrl: string
  readonly token: string
}): Promise<PopulationRegistry> {
  const db = connect({ url: databaseUrl, name: 'sample population registry', max: 4 })
  const server = createServer((request, response) => {
    answer(db, token, request).then(
      (reply) => {
        send(response, reply)
      },
      (thrown: unknown) => {
        send(response, { status: statusOf(thrown), body: {} })
      },
    )
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo // A TCP listener has one.
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await db.close()
    },
  }
}

async function answer(db: Db, token: string, request: IncomingMessage): Promise<Reply> {
  const { authorization = '' } = request.headers
  if (!equalBytes(utf8(authorization), utf8(`Bearer ${token}`))) return { status: 401, body: {} }
  if (request.method !== 'POST' || request.url !== path) return { status: 404, body: {} }
  const { keys, fields } = parseJsonObject(await readText(request))
  const idNumber = isJsonObject(keys) ? keys['idNumber'] : undefined
  if (typeof idNumber !== 'string' || !areNames(fields)) return { status: 400, body: {} }
  const person = await findPerson(db, idNumber)
  if (!person) return { status: 404, body: { keys: { idNumber }, values: null } }
  if (!fields.every((field) => Object.hasOwn(person, field))) return { status: 400, body: {} }
  const values = Object.fromEntries(fields.map((field) => [field, person[field] ?? null]))
  return { status: 200, body: { keys: { idNumber }, values } }
}

function areNames(fields: Json | undefined): fields is readonly string[] {
  return Array.isArray(fields) && fields.every((field) => typeof field === 'string')
}

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > questionBytesMax) throw new Problem('invalid-json', { limit: questionBytesMax })
    pieces.push(piece)
  }
  return fromUtf8(Buffer.concat(pieces))
}

function statusOf(thrown: unknown): number {
  return thrown instanceof Problem && thrown.code === 'invalid-json' ? 400 : 503
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}
