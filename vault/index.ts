/**
 * The front door of the vault: what exists. Licences are issued, changed, found and verified here;
 * who may see which of their items is decided by the exchange.
 */
import type { Catalogue } from '../catalogs/catalog.ts'
import type { Db } from '../db/postgres.ts'
import type { Log } from '../log/index.ts'
import type { FaceVerdict } from '../sdk/face.ts'
import type { IssueEvidence } from '../sdk/licence.ts'
import type { Problem } from '../sdk/problem.ts'
import type { Trust } from '../sdk/trust.ts'
import { accept } from './accept.ts'
import type { Accepted, HandedIn } from './accept.ts'
import { createLint } from './issue/lint.ts'
import { createSealThreads } from './issue/seal-threads.ts'
import { reservePlaces } from './issue/places.ts'
import type { Place, PlacesAsked } from './issue/places.ts'
import { createClaiming, prepareOnce } from './issue/request.ts'
import { finishSuccessions, reissue } from './reissue.ts'
import type { Reissue, Reissued } from './reissue.ts'
import { createBlindIndex } from './keys/blind.ts'
import type { BlindIndex, Party } from './keys/blind.ts'
import { change } from './change.ts'
import { checkVault } from './check.ts'
import type { Alongside, Change, Changed } from './change.ts'
import { licenceOfCode, scan, show, showMinutes, statusOfCode } from './code.ts'
import type {
  CodeAlongside,
  ScanRequest,
  Scanned,
  Shown,
  ShowRequest,
  StatusOfCode,
} from './code.ts'
import { copyOf, drawLater } from './face.ts'
import type { Copy, CopyAlongside, CopyRequest, FaceParts } from './face.ts'
import type { Draft } from './issue/draft-checks.ts'
import { eraseHolder } from './erase.ts'
import { createEvents } from './event.ts'
import type { Events } from './event.ts'
import { checkTerm, findByHolder, findById, holdersOf, isReadable } from './find.ts'
import type { ReadableLicence, StoredLicence } from './find.ts'
import { importLicences, importPortion, rehearseImport } from './import.ts'
import { importStatus, quarantineOf } from './import/status.ts'
import type { ImportStatus } from './import/status.ts'
import type { ImportTotals } from './import/tally.ts'
import type {
  ImportPortion,
  ImportProgress,
  ImportReport,
  ImportRequest,
  ImportResult,
} from './import.ts'
import type { QuarantinedLine } from './import/store.ts'
import { createIssue, finishIntents } from './issue.ts'
import type { Issued } from './issue.ts'
import {
  localKeyWrapper,
  makeWrappingKey,
  readWrappingKey,
  wrappedForm,
} from './keys/key-wrapper.ts'
import type { KeyWrapper, WrappingKey, WrappingKeys } from './keys/key-wrapper.ts'
import { isStateAct, isVersionAct, states } from './change/lifecycle.ts'
import type { State } from './change/lifecycle.ts'
import { createRecordCipher } from './keys/record-cipher.ts'
import type { RecordCipher } from './keys/record-cipher.ts'
import { pkcs11Signer } from './issue/pkcs11.ts'
import { localSigner } from './issue/signer.ts'
import { signingServer } from './issue/signing-server.ts'
import type { SealKey, Signer } from './issue/signer.ts'
import { remind, remindLimits } from './remind.ts'
import { search, searchLimits } from './search.ts'
import type { FoundLicence, Search, SearchPage, Span } from './search.ts'
import { countedBy, statistics } from './statistics.ts'
import type { Count, CountedBy, StatisticsQuestion } from './statistics.ts'
import { createPublisher, statusPlace } from './status-list.ts'
import type { StatusSigner } from './status-list.ts'
import { holdersOfNumber, verifyFields, verifyOutcomes } from './verify/fields.ts'
import type { FieldQuestion, VerifyOutcome } from './verify/fields.ts'
import { issueEvidence, standingOf, verify, verifyAll, verifyFaceFile } from './verify.ts'
import type { Standing, VaultVerdict, VerifyQuestion } from './verify.ts'
import { rewrapTable } from './keys/wrapped-keys.ts'
import type { KeyUse, WrappedRow, WrappedTable } from './keys/wrapped-keys.ts'
import { countWrapped, holderKeys, quarantineKeys } from './keys/wrapped-store.ts'

export { checkVault, createBlindIndex, createRecordCipher, isStateAct, isVersionAct }
export { localKeyWrapper, localSigner, pkcs11Signer, signingServer }
export { countedBy, createEvents, checkTerm, eraseHolder, isReadable, remindLimits }
export { searchLimits, showMinutes, states, statusPlace, verifyOutcomes }
export { makeWrappingKey, readWrappingKey, wrappedForm }
export { countWrapped, holderKeys, quarantineKeys, rewrapTable }
export type {
  BlindIndex,
  Change,
  Draft,
  KeyWrapper,
  Party,
  RecordCipher,
  Reissue,
  SealKey,
  Signer,
  StoredLicence,
}
export type {
  Count,
  CountedBy,
  Events,
  FoundLicence,
  ReadableLicence,
  Search,
  SearchPage,
  Span,
  State,
}
export type { HandedIn, Place, StatisticsQuestion, StatusOfCode }
export type { VaultVerdict, VerifyOutcome, VerifyQuestion }
export type { ImportPortion, ImportProgress, ImportReport, ImportResult, ImportStatus }
export type { ImportTotals }
export type { QuarantinedLine, Standing }
export type { KeyUse, WrappedRow, WrappedTable, WrappingKey, WrappingKeys }

export interface VaultParts {
  readonly db: Db
  readonly log: Log
  readonly catalogue: Catalogue
  readonly blind: BlindIndex
  readonly wrapper: KeyWrapper
  readonly signer: Signer
  /** As it is now. */
  readonly statusSigner: () => StatusSigner
  /** Where the status lists are published, ending in a slash. */
  readonly statusUri: string
  readonly faces: FaceParts
  /** As it is now: keys and revocation lists come and go. */
  readonly trust: () => Trust
  readonly clock: () => Date
  /** In place of the database's own. */
  readonly databaseClock?: (() => Date) | undefined
}

export interface Vault {
  /**
   * Checks, seals and stores one licence.
   * @param key the same for every attempt at this very draft
   * @throws Problem invalid-draft, request-id-reused
   */
  readonly issue: (draft: Draft, key?: string) => Promise<Issued>
  /** Puts a new version in the place of a licence. */
  readonly reissue: (asked: Reissue) => Promise<Reissued>
  readonly reservePlaces: (asked: PlacesAsked) => Promise<Place[]>
  /** Takes in a document that its department has sealed itself. */
  readonly accept: (handed: HandedIn) => Promise<Accepted>
  /** Seals what an interrupted run began; called at every start. */
  readonly finishIntents: () => Promise<number>
  /** Issues, finds or quarantines every row of a file. @throws Problem invalid-import-file, … */
  readonly importLicences: (
    request: ImportRequest,
    report?: (progress: ImportProgress) => void,
  ) => Promise<ImportResult>
  /** The same of rows that a department hands in, about licences of its own, once for each key. */
  readonly importPortion: (portion: ImportPortion) => Promise<ImportResult>
  /** What an import would come to; writes nothing. @throws Problem invalid-import-file, … */
  readonly rehearseImport: (
    request: ImportRequest,
    report?: (progress: ImportProgress) => void,
  ) => Promise<ImportReport>
  /** @throws Problem unknown-import-run */
  readonly importStatus: (runId: string) => Promise<ImportStatus>
  /** @throws Problem unknown-import-run */
  readonly quarantineOf: (runId: string, afterLine?: number) => Promise<QuarantinedLine[]>
  readonly change: (asked: Change, alongside?: Alongside) => Promise<Changed>
  /** @param through keyed index of the only holder by whose key it may be opened; anyone's when absent */
  readonly findById: (
    licenceId: string,
    at: Date,
    through?: string,
  ) => Promise<StoredLicence | undefined>
  readonly findByHolder: (
    who: { readonly holder: Party; readonly types?: readonly string[] },
    at: Date,
  ) => Promise<ReadableLicence[]>
  readonly holdersOf: (
    licenceId: string,
  ) => Promise<{ readonly type: string; readonly holders: readonly string[] } | undefined>
  /** In pages, newest first, without opening any. @throws Problem invalid-request */
  readonly search: (
    asked: Search,
    page: { readonly first?: number; readonly after?: string | undefined },
    at: Date,
  ) => Promise<SearchPage>
  /** Counts of what was announced and settled so far. @throws Problem invalid-request, too-many */
  readonly statistics: (asked: StatisticsQuestion) => Promise<Count[]>
  /** Announces licences that end within so many days, each once; answers how many. */
  readonly remind: (days?: number) => Promise<number>
  readonly verify: (question: VerifyQuestion) => Promise<VaultVerdict>
  /** The same of many at once; a problem stands in the place of what it is about. */
  readonly verifyAll: (
    questions: readonly VerifyQuestion[],
  ) => Promise<readonly (VaultVerdict | Problem)[]>
  /** How a licence stands, as it was known at a time. @throws Problem unknown-licence */
  readonly standingOf: (asked: {
    readonly licenceId: string
    readonly at: Date
    readonly knownAt?: Date
  }) => Promise<Standing>
  readonly verifyFields: (asked: FieldQuestion, at: Date) => Promise<VerifyOutcome>
  /** Who holds what bears a number, without opening it. */
  readonly holdersOfNumber: (asked: {
    readonly type: string
    readonly number: string
  }) => Promise<readonly string[]>
  /** The only way to the face of a licence. */
  readonly copyOf: (asked: CopyRequest, alongside?: CopyAlongside) => Promise<Copy>
  /** Behind the static code of a face. @throws Problem not-found */
  readonly licenceOfCode: (code: string) => Promise<string>
  readonly statusOfCode: (code: string) => Promise<StatusOfCode>
  readonly show: (asked: ShowRequest, alongside?: CodeAlongside<Shown>) => Promise<Shown>
  readonly scan: (asked: ScanRequest, alongside?: CodeAlongside<Scanned>) => Promise<Scanned>
  /** @throws Problem invalid-face */
  readonly verifyFace: (question: {
    readonly face: Uint8Array
    readonly at: Date
  }) => Promise<FaceVerdict>
  readonly issueEvidence: (leaf: Uint8Array) => Promise<IssueEvidence | undefined>
  /** As it is now, or as it was given out at a time. @throws Problem not-found, log-damaged */
  readonly statusList: (list: number, givenAt?: Date) => Promise<string>
  /** Ends the threads that sealed, if there were any; a later licence has them begin anew. */
  readonly close: () => Promise<void>
}

export function createVault(given: VaultParts): Vault {
  const { db, log, clock, databaseClock, statusSigner: signer, statusUri: uri } = given
  const threads = createSealThreads(given)
  const sealing = { lint: createLint(given), threads }
  const parts = { ...given, ...createClaiming(given), ...sealing, draw: drawLater() }
  const lists = createPublisher({ db, log, signer, uri, databaseClock })
  const issue = createIssue(parts)
  return {
    issue: async (draft, key) => {
      const asked = key === undefined ? undefined : { department: draft.issuer, key, what: draft }
      const ready = await prepareOnce(parts, draft, { asked })
      const issued = await issue(ready)
      // What an earlier attempt of the same key has issued is the answer to that key.
      return asked ? { ...issued, fresh: issued.licenceId === ready.licenceId } : issued
    },
    reissue: async (asked) => {
      const done = await reissue(parts, asked)
      lists.changed()
      return done
    },
    reservePlaces: (asked) => reservePlaces(parts, asked),
    accept: async (handed) => {
      const done = await accept(parts, handed)
      lists.changed()
      return done
    },
    finishIntents: async () => (await finishIntents(parts)) + (await finishSuccessions(parts)),
    importLicences: (request, report) => importLicences(parts, request, report),
    importPortion: (portion) => importPortion(parts, portion),
    rehearseImport: (request, report) => rehearseImport(parts, request, report),
    importStatus: (runId) => importStatus(parts, runId),
    quarantineOf: (runId, afterLine) => quarantineOf(parts, runId, afterLine),
    change: async (asked, alongside) => {
      const done = await change(parts, asked, alongside)
      lists.changed()
      return done
    },
    findById: (licenceId, at, through) => findById(parts, licenceId, at, through),
    findByHolder: (who, at) => findByHolder(parts, who, at),
    holdersOf: (licenceId) => holdersOf(parts, licenceId),
    search: (asked, page, at) => search(parts, asked, page, at),
    statistics: (asked) => statistics(parts, asked),
    remind: (days) => remind(parts, days),
    copyOf: (asked, alongside) => copyOf(parts, asked, alongside),
    licenceOfCode: (code) => licenceOfCode(parts, code),
    statusOfCode: (code) => statusOfCode(parts, code),
    show: (asked, alongside) => show(parts, asked, alongside),
    scan: (asked, alongside) => scan(parts, asked, alongside),
    verify: (question) => verify(parts, question),
    verifyAll: (questions) => verifyAll(parts, questions),
    standingOf: (asked) => standingOf(parts, asked),
    verifyFields: (asked, at) => verifyFields(parts, asked, at),
    holdersOfNumber: (asked) => holdersOfNumber(parts, asked),
    verifyFace: (question) => verifyFaceFile(parts, question),
    issueEvidence: (leaf) => issueEvidence(log, leaf),
    statusList: (list, givenAt) =>
      givenAt ? lists.publishedAt(list, givenAt) : lists.publish(list, clock()),
    close: threads.close,
  }
}
