/** What the routes are built from, and how large and how many requests may be. */
import type { Log } from '../../log/index.ts'
import type { Trust } from '../../sdk/trust.ts'
import type { Vault } from '../../vault/index.ts'
import type { Caller } from '../caller.ts'
import type { FieldCheck } from '../desk/field-check.ts'
import type { GraphQLEndpoint } from '../graphql/yoga.ts'
import type { SignedRequest } from '../identity/authenticate.ts'
import type { OperatorLog } from '../watch/operator-log.ts'
import type { Verification } from '../desk/verification.ts'
import type { Attend } from '../desk/attending.ts'
import type { VaultDesk } from '../desk/licences.ts'
import type { VaultReading } from '../desk/reading.ts'
import type { StockDesk } from '../desk/stock.ts'
import type { Tls } from './tls.ts'

export interface AppParts {
  readonly graphql: GraphQLEndpoint
  readonly authenticate: (request: SignedRequest) => Promise<Caller>
  readonly attend: Attend
  readonly vault: Vault
  readonly vaultDesk: VaultDesk
  readonly vaultReading: VaultReading
  readonly stockDesk: StockDesk
  readonly fieldCheck: FieldCheck
  readonly verification: Verification
  readonly log: Log
  readonly trust: () => Trust
  readonly logger: OperatorLog
  readonly clock: () => Date
  /** Told of every route there is, before the first request. */
  readonly declared: (route: string) => void
  /** Told of every answer: the route as declared, or none, and the status. */
  readonly answered: (route: string | undefined, status: number) => void
  /** How many verifications one address may ask for. */
  readonly verifyPerMinute: number
  /** Names what is against us, and what soon will be; empty when all is well. */
  readonly readiness: () => Promise<Readiness>
  /** Undefined: plain HTTP. */
  readonly tls: Tls | undefined
}

export interface Readiness {
  readonly failing: readonly string[]
  readonly warnings: readonly string[]
}

export const httpLimits = {
  /** GraphQL and vault calls, bytes. */
  body: 262_144,
  /** A licence handed in for verification, bytes. */
  verifyBody: 4_194_304,
  /** The address, names and values, as Node counts them: without what stands between them. */
  headerBytes: 16_384,
  urlLength: 2_048,
  /** For a request to arrive, and again for it to be answered. */
  requestMs: 10_000,
  connectionMs: 30_000,
  keepAliveMs: 72_000,
  /** How often the times above are looked after. */
  checkMs: 2_000,
} as const

/** Requests of one department that are worked on, and that wait behind them. */
export const turnLimits = { atOnce: 32, waiting: 64 } as const
