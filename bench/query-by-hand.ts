/**
 * The audited query written by hand: the same token check, one select and the same record, without
 * schema, grants, case, decryption and receipt. It is a limit to measure by and no way to serve data.
 */
import { fastify as Fastify } from 'fastify'
import type { FastifyRequest } from 'fastify'
import { createRecorder } from '../exchange/audit/record.ts'
import type { Recorder } from '../exchange/audit/record.ts'
import type { Caller } from '../exchange/caller.ts'
import { signedRequest } from '../exchange/http/request.ts'
import { authenticate } from '../exchange/identity/authenticate.ts'
import { toBase64url } from '../sdk/base64url.ts'
import { selectSealed } from './floor-store.ts'
import type { Setting } from './setting.ts'

interface ByHand {
  readonly recorded: string
  readonly unrecorded: string
  readonly close: () => Promise<void>
}

interface Question {
  readonly variables: { readonly holder: { readonly codeType: string; readonly code: string } }
}

const type = 'businessLicence'

export async function serveByHand({ world }: Setting): Promise<ByHand> {
  const { exchange } = world
  const appended = (): void => {
    exchange.sequencing.wake()
  }
  const recorder = createRecorder({ db: exchange.db, log: exchange.log, appended })
  const recorded = await listen(world, (caller, subject) =>
    record(recorder, { caller, subject, catalogue: world.catalogue.version }),
  )
  const unrecorded = await listen(world, () => Promise.resolve())
  return {
    ...{ recorded: recorded.url, unrecorded: unrecorded.url },
    close: async () => {
      await Promise.all([recorded.close(), unrecorded.close()])
    },
  }
}

async function listen(
  { exchange, settings, catalogue }: Setting['world'],
  remember: (caller: Caller, subject: string) => Promise<unknown>,
) {
  const { db, blind, registry } = exchange
  const { exchangeId, clock } = settings
  const identity = {
    keys: registry,
    catalogue,
    exchangeId,
    refused: () => undefined,
    client: undefined,
  }
  const app = Fastify({ forceCloseConnections: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body)
  })
  app.post('/graphql', async (request) => {
    const caller = await authenticate(identity, signedRequest(request), clock())
    const holderIndex = blind.party(questionIn(request).variables.holder)
    const rows = await selectSealed(db, { holderIndex, type })
    await remember(caller, toBase64url(holderIndex))
    return rows.map(({ sealed }) => ({ document: toBase64url(sealed) }))
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, close: () => app.close() }
}

function questionIn({ body }: FastifyRequest): Question {
  return JSON.parse(String(body)) as Question // Only our own load asks here.
}

function record(
  recorder: Recorder,
  asked: { readonly caller: Caller; readonly subject: string; readonly catalogue: string },
): Promise<unknown> {
  const { caller, subject, catalogue } = asked
  return recorder.record({
    ...{ caller, catalogue, kind: 'answer', at: new Date(), decision: 'allowed' },
    items: [
      {
        ...{ resource: type, fields: ['name', 'uscc', 'legalRep'], subject },
        ...{ decision: 'allowed', grants: ['meilanMarketFoodBusinessLicence'] },
      },
    ],
    answerHash: subject,
  })
}
