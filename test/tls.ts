/** Both ends of TLS connections for tests: certificates that last, and requests that show what came. */
import { request } from 'node:https'
import type { RequestOptions } from 'node:https'
import { text } from 'node:stream/consumers'
import {
  caConstraints,
  caUsage,
  purposes,
  signingUsage,
  thisMachine,
} from '../certs-dev/extension.ts'
import { writePem } from '../sdk/pem.ts'
import { tlsPurposeOid } from '../sdk/certificate/purpose-oid.ts'
import { issueBytes } from './certificates.ts'
import { ecKeys, named } from '../certs-dev/certforge/forge.ts'
import type { Keys, Order } from '../certs-dev/certforge/forge.ts'

/** In PEM. */
export interface Pair {
  readonly certificate: string
  readonly key: string
}

export interface Authority {
  readonly pem: string
  /** A certificate for this machine, in force from 2026 for a century unless the order says otherwise. */
  readonly server: (order?: Partial<Order>) => Promise<Pair>
}

/** The machine's own clock judges the certificates of servers, so these outlive every test. */
const lasting = { from: new Date('2026-01-01T00:00:00Z'), until: new Date('2126-01-01T00:00:00Z') }

export async function createAuthority(): Promise<Authority> {
  const ca = { name: named('TLS'), keys: ecKeys() }
  const roles = { constraints: [caConstraints()], usage: [caUsage()] }
  const der = await issueBytes({ ...ca, ...lasting, roles })
  return {
    pem: writePem([der], 'CERTIFICATE'),
    server: (order) => issuePair({ name: named('server'), issuer: ca, ...lasting, ...order }),
  }
}

/** A server's certificate unless the roles in the order say otherwise. */
async function issuePair(order: Order): Promise<Pair> {
  const keys = ecKeys()
  const der = await issueBytes(
    { ...order, keys },
    {
      usage: [signingUsage()],
      purpose: [purposes(tlsPurposeOid.server)],
      machine: [thisMachine()],
    },
  )
  return pairOf([der], keys)
}

export function pairOf(
  chain: readonly Uint8Array[],
  { privateKey }: Pick<Keys, 'privateKey'>,
): Pair {
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { certificate: writePem(chain, 'CERTIFICATE'), key }
}

export interface SecureReply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

/** One request over a connection of its own. */
export async function askSecurely(
  url: string,
  { body, ...options }: RequestOptions & { readonly body?: string },
): Promise<SecureReply> {
  const sent = request(url, { agent: false, ...options })
  const reply = await new Promise<Parameters<NonNullable<Parameters<typeof request>[2]>>[0]>(
    (resolve, reject) => {
      sent.once('response', resolve).once('error', reject)
      sent.end(body)
    },
  )
  return { status: reply.statusCode ?? 0, headers: reply.headers, text: await text(reply) }
}
