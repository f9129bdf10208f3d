/**
 * What issuing departments read of the vault over HTTP: how their own licences stand, which they are,
 * how many, and what became of their historical stock. Nothing in a licence is opened for it, and every
 * answer has its entry before it leaves.
 */
import { toBase64url } from '../../sdk/base64url.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { sha256, utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import { answerHash } from '../../sdk/receipt.ts'
import type {
  BlindIndex,
  Count,
  FoundLicence,
  ImportStatus,
  QuarantinedLine,
  Search,
  Standing,
  StatisticsQuestion,
  Vault,
} from '../../vault/index.ts'
import type { Recorder } from '../audit/record.ts'
import { errorFileHeading, errorFileLines } from '../error-file.ts'
import type { Attended } from './attending.ts'

interface ReadingParts {
  readonly vault: Vault
  readonly blind: BlindIndex
  readonly recorder: Recorder
  readonly catalogueVersion: string
}

/** Answers in JSON, with times as texts. */
export interface VaultReading {
  /** To its issuer, and to whom it was transferred. @throws Problem unknown-licence, not-the-issuer */
  readonly show: (
    asked: Attended & { readonly licenceId: string; readonly when: { at: Date; knownAt?: Date } },
  ) => Promise<WithTexts<Omit<Standing, 'receiver'>>>
  /** @throws Problem invalid-request */
  readonly search: (
    asked: Attended & {
      readonly search: Omit<Search, 'issuer'>
      readonly first?: number
      readonly after?: string
    },
  ) => Promise<{
    readonly licences: readonly WithTexts<Omit<FoundLicence, 'statusPosition'>>[]
    readonly at: string
    readonly next: string | null
  }>
  /** @throws Problem invalid-request, too-many */
  readonly count: (
    asked: Attended & { readonly question: Omit<StatisticsQuestion, 'issuer'> },
  ) => Promise<{ readonly counts: readonly Count[] }>
  /** @throws Problem unknown-import-run, not-the-issuer */
  readonly importStatus: (
    asked: Attended & { readonly runId: string },
  ) => Promise<WithTexts<ImportStatus>>
  /** @throws Problem unknown-import-run, not-the-issuer */
  readonly importErrors: (
    asked: Attended & { readonly runId: string; readonly after: number },
  ) => Promise<{ readonly lines: readonly QuarantinedLine[] }>
  /** The same as a file of CSV, and after which line the next one begins when there are more. */
  readonly importErrorFile: (
    asked: Attended & { readonly runId: string; readonly after: number },
  ) => Promise<{ readonly file: string; readonly next: number | undefined }>
}

/** So many make a file of a few megabytes, which is in memory while its hash is recorded. */
const fileLinesMax = 10_000

/** As it leaves: every time is a text. */
type WithTexts<T> = T extends Date
  ? string
  : T extends readonly (infer U)[]
    ? readonly WithTexts<U>[]
    : T extends object
      ? { readonly [K in keyof T]: WithTexts<T[K]> }
      : T

export function createVaultReading(parts: ReadingParts): VaultReading {
  const { vault, blind } = parts
  return {
    show: async (asked) => {
      const { licenceId, when } = asked
      const { issuer, receiver, validFrom, validUntil, ...facts } = await vault.standingOf({
        ...{ licenceId, ...when },
      })
      if (![issuer, receiver].includes(asked.caller.department)) {
        throw new Problem('not-the-issuer', { issuer })
      }
      const period = { validFrom: timeOf(validFrom), validUntil: timeOrNull(validUntil) }
      return recorded(parts, asked, { answer: { ...facts, issuer, ...period } })
    },

    search: async (asked) => {
      const { search, first, after, at, caller } = asked
      const own = { ...search, issuer: caller.department }
      const page = { ...(first === undefined ? {} : { first }), after }
      const found = await vault.search(own, page, at)
      const answer = {
        licences: found.licences.map(factsOf),
        ...{ at: timeOf(found.at), next: found.next },
      }
      const subject = search.holder && toBase64url(blind.party(search.holder))
      return recorded(parts, asked, { answer, subject })
    },

    count: async (asked) => {
      const { question, caller } = asked
      const counts = await vault.statistics({ ...question, issuer: caller.department })
      return recorded(parts, asked, { answer: { counts } })
    },

    importStatus: async (asked) => {
      const { startedAt, finishedAt, totals, inVault, ...status } = await ownImport(parts, asked)
      const times = { startedAt: timeOf(startedAt), finishedAt: timeOrNull(finishedAt) }
      return recorded(parts, asked, { answer: { ...status, ...times, totals, inVault } })
    },

    importErrors: async (asked) => {
      await ownImport(parts, asked)
      const lines = await vault.quarantineOf(asked.runId, asked.after)
      return recorded(parts, asked, { answer: { lines } })
    },

    importErrorFile: async (asked) => {
      await ownImport(parts, asked)
      const { lines, isWhole } = await linesAfter(vault, asked)
      const rows = [errorFileHeading, ...lines.flatMap(errorFileLines), '']
      const file = rows.join('\r\n')
      await record(parts, asked, { hash: toBase64url(sha256(utf8(file))) })
      return { file, next: isWhole ? undefined : lines.at(-1)?.line }
    },
  }
}

/** Page by page, until there are no more or the file is full. */
async function linesAfter(
  vault: Vault,
  { runId, after }: { readonly runId: string; readonly after: number },
): Promise<{ readonly lines: QuarantinedLine[]; readonly isWhole: boolean }> {
  const lines: QuarantinedLine[] = []
  while (lines.length < fileLinesMax) {
    const page = await vault.quarantineOf(runId, lines.at(-1)?.line ?? after)
    if (page.length === 0) return { lines, isWhole: true }
    lines.push(...page)
  }
  return { lines, isWhole: false }
}

function factsOf(found: FoundLicence) {
  const { licenceId, type, issuer, division, grade, state, validFrom, validUntil } = found
  return {
    ...{ licenceId, type, issuer, division, grade, state },
    ...{ validFrom: timeOf(validFrom), validUntil: timeOrNull(validUntil) },
  }
}

/** Of a run that reads this department's file, or has brought licences of it into the vault. */
async function ownImport(
  { vault }: ReadingParts,
  { runId, caller }: Attended & { readonly runId: string },
) {
  const status = await vault.importStatus(runId)
  const { department, inVault } = status
  const theirs = new Set([department, ...Object.keys(inVault.byIssuer)])
  if (theirs.has(caller.department)) return status
  throw new Problem('not-the-issuer')
}

async function recorded<A extends object>(
  parts: ReadingParts,
  asked: Attended,
  { answer, subject }: { readonly answer: A; readonly subject?: string | undefined },
): Promise<A> {
  const left = JSON.parse(JSON.stringify(answer)) as JsonObject // As it leaves.
  await record(parts, asked, { hash: answerHash(left), subject })
  return answer
}

async function record(
  { recorder, catalogueVersion: catalogue }: ReadingParts,
  { caller, at }: Attended,
  { hash, subject }: { readonly hash: string; readonly subject?: string | undefined },
): Promise<void> {
  const item = { resource: 'vault', fields: ['state'], subject, decision: 'allowed' } as const
  await recorder.record({
    ...{ caller, at, catalogue, kind: 'answer', decision: 'allowed', items: [item] },
    answerHash: hash,
  })
}

function timeOf(time: Date): string {
  return time.toISOString()
}

function timeOrNull(time: Date | null): string | null {
  return time && timeOf(time)
}
