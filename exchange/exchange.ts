/** The parts of one exchange as its composition hands them on: everything but the doors. */
import type { DestinationStream } from 'pino'
import type { Catalogue } from '../catalogs/catalog.ts'
import type { Db } from '../db/postgres.ts'
import type { Log, Sequencing } from '../log/index.ts'
import type { BlindIndex, Events, KeyWrapper, Vault } from '../vault/index.ts'
import type { KeyRegistry } from './identity/keys.ts'
import type { LiveKeys } from './keys/live-keys.ts'
import type { OperatorLog } from './watch/operator-log.ts'
import type { SigningSettings } from './keys/signing.ts'
import type { SourceAddress } from './sources/address.ts'

export interface Settings {
  readonly databaseUrl: string
  /** The folder of migrations, for a program of another version than this one. */
  readonly migrations?: string
  readonly exchangeId: string
  readonly catalogue: Catalogue
  readonly keys: LiveKeys
  /** Needed when there are seals whose keys are elsewhere. */
  readonly signing?: SigningSettings | undefined
  /** Addresses of departments' databases and services by the name in the catalogue. */
  readonly sources: ReadonlyMap<string, SourceAddress>
  readonly logLevel: string
  /** Where the operator's log goes; the standard output unless given. */
  readonly logTo?: DestinationStream
  readonly clock: () => Date
  /** Where our clock is turned by hand, the database's would seem wrong. */
  readonly databaseClock?: (() => Date) | undefined
}

export interface ExchangeParts {
  readonly settings: Settings
  readonly db: Db
  readonly log: Log
  readonly vault: Vault
  readonly events: Events
  readonly registry: KeyRegistry
  readonly blind: BlindIndex
  readonly wrapper: KeyWrapper
  readonly logger: OperatorLog
  /** Ends whatever was started here; idempotent. */
  readonly close: () => Promise<void>
}

export interface Exchange extends ExchangeParts {
  readonly sequencing: Sequencing
  readonly announcing: Sequencing
}
