/**
 * Login, integrity and non-repudiation of one request, from its token; where connections need a
 * certificate, that comes first. Whatever is wrong with the token, the caller hears only
 * `not-authenticated`; the reason goes to the counter of whoever operates this.
 */
import type { Catalogue } from '../../catalogs/catalog.ts'
import { canonicalJson } from '../../sdk/json.ts'
import { sha256, utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import { claimedKeyId, verifyRequestToken } from '../../sdk/request-token.ts'
import type { HttpRequest } from '../../sdk/request-token.ts'
import type { Caller } from '../caller.ts'
import { clientCertificateReasons } from './client-certificate.ts'
import type { ClientVerdict } from './client-certificate.ts'
import type { KeyRegistry } from './keys.ts'

export interface SignedRequest extends HttpRequest {
  readonly authorization: string | undefined
  /** The client's request id; one is made up when absent. */
  readonly rid: string
  readonly attempt: number
  /** The certificate of the connection and those it brought along; empty without one. */
  readonly chain: readonly Uint8Array[]
}

interface Parts {
  readonly keys: KeyRegistry
  readonly catalogue: Catalogue
  readonly exchangeId: string
  /** Told the reason of every refusal, never the token. */
  readonly refused: (reason: string) => void
  /** Undefined when connections need no certificate. */
  readonly client: ((chain: readonly Uint8Array[], at: Date) => ClientVerdict) | undefined
}

/** Every reason there is; whoever counts them by reason knows them all beforehand. */
export const authenticationReasons = [
  ...['no-token', 'unknown-key', 'key-of-other-department', 'unknown-department'],
  ...['claims-malformed', 'wrong-audience', 'other-request', 'other-body', 'lifetime'],
  ...['from-future', 'expired', 'token-too-large', 'token-malformed', 'signature-invalid'],
  ...['header-not-allowed', 'algorithm-mismatch', 'wrong-typ'],
  ...clientCertificateReasons,
] as const

/** @throws Problem client-certificate-refused, not-authenticated */
export async function authenticate(
  parts: Parts,
  request: SignedRequest,
  at: Date,
): Promise<Caller> {
  const connectedAs = connectedDepartment(parts, request, at)
  const refuse = (reason: string): never => {
    parts.refused(reason)
    throw new Problem('not-authenticated')
  }
  const token = /^Bearer (\S+)$/.exec(request.authorization ?? '')?.[1]
  if (token === undefined) return refuse('no-token')
  const registered = await parts.keys.find(keyIdIn(token) ?? '', at)
  if (!registered) return refuse('unknown-key')
  const verdict = verifyRequestToken(token, registered.key, {
    ...{ audience: parts.exchangeId, request, at },
  })
  if (!verdict.ok) return refuse(verdict.code)
  const { iss, sub, purpose, jti, htm, htu, bh } = verdict.claims
  if (iss !== registered.department) return refuse('key-of-other-department')
  if (!parts.catalogue.departments.has(iss)) return refuse('unknown-department')
  const { rid, attempt } = request
  const asked = sha256(
    utf8(canonicalJson({ htm, htu, bh, purpose: purpose ? { ...purpose } : null })),
  )
  return { department: iss, officer: sub, purpose, jti, token, rid, attempt, asked, connectedAs }
}

/** Undefined when connections need no certificate. */
function connectedDepartment(
  { client, refused }: Parts,
  { chain }: SignedRequest,
  at: Date,
): string | undefined {
  const verdict = client?.(chain, at)
  if (verdict?.ok !== false) return verdict?.department
  refused(verdict.reason)
  throw new Problem('client-certificate-refused')
}

function keyIdIn(token: string): string | undefined {
  try {
    return claimedKeyId(token)
  } catch (thrown) {
    // A token that cannot be read names no key; it is refused like one with an unknown key.
    if (thrown instanceof Problem) return undefined
    throw thrown
  }
}
