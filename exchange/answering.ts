/** Builds what answers GraphQL operations: sources, root fields, what a decision may know, receipts. */
import { itemAt } from '../catalogs/catalog.ts'
import type { Resource } from '../catalogs/catalog.ts'
import { connect } from '../db/postgres.ts'
import type { Db } from '../db/postgres.ts'
import { toBase64url } from '../sdk/base64url.ts'
import { Problem } from '../sdk/problem.ts'
import { mergeDelaySeconds, signReceipt } from '../sdk/receipt.ts'
import type { ReceiptClaims } from '../sdk/receipt.ts'
import { createRecordCipher } from '../vault/index.ts'
import type { Vault } from '../vault/index.ts'
import type { Recorder } from './audit/record.ts'
import type { Caller } from './caller.ts'
import { createCases } from './cases/cases.ts'
import type { Cases } from './cases/cases.ts'
import type { AnswerParts } from './graphql/answer.ts'
import { auditRoot } from './graphql/audit-root.ts'
import { closeCaseRoot, openCaseRoot } from './graphql/case-root.ts'
import { grantsRoot } from './graphql/grants-root.ts'
import { licenceRoot, licencesRoot } from './graphql/licence-root.ts'
import { materialsRoot } from './graphql/materials-root.ts'
import { resourceRoot } from './graphql/resource-root.ts'
import type { Asking, Root } from './graphql/root.ts'
import type { Exchange } from './exchange.ts'
import { httpSource } from './sources/http-source.ts'
import { createInquiry } from './sources/inquiry.ts'
import type { Inquiry } from './sources/inquiry.ts'
import { postgresSource } from './sources/postgres-source.ts'
import type { Source } from './sources/source.ts'
import { vaultSource } from './sources/vault-source.ts'

interface Connections {
  readonly databases: ReadonlyMap<string, Db>
  readonly inquiries: ReadonlyMap<string, Inquiry>
}

export interface Answering {
  readonly parts: AnswerParts
  /** By the name of the service, whether it is spared because it has not answered. */
  readonly spared: () => ReadonlyMap<string, boolean>
  /** Ends the connections to departments' databases. */
  readonly close: () => Promise<void>
}

export function createAnswering(exchange: Exchange, recorder: Recorder): Answering {
  const { db, blind, wrapper } = exchange
  const { catalogue } = exchange.settings
  checkKinds(exchange)
  const connections = connectDepartments(exchange)
  const sources = createSources(exchange, connections)
  const cases = createCases({ db, catalogue, blind, cipher: createRecordCipher(wrapper) })
  return {
    parts: {
      roots: createRoots(exchange, { cases, sources }),
      recorder,
      asking: (caller) => readAsking(exchange, cases, caller),
      receipt: (about, appended) => receipt(exchange, about, appended),
      catalogueVersion: catalogue.version,
    },
    spared: () =>
      new Map([...connections.inquiries].map(([name, { isSpared }]) => [name, isSpared()])),
    close: async () => {
      await Promise.all([...connections.databases.values()].map((database) => database.close()))
    },
  }
}

/** One connection for each configured source, so that what befalls one stays with it. */
function connectDepartments({ settings }: Exchange): Connections {
  const databases = new Map<string, Db>()
  const inquiries = new Map<string, Inquiry>()
  for (const [name, address] of settings.sources) {
    if (address.kind === 'http') inquiries.set(name, createInquiry(address, settings.clock))
    else databases.set(name, connectDatabase(name, address.url))
  }
  return { databases, inquiries }
}

function connectDatabase(name: string, url: string): Db {
  return connect({ url, name: `zhengtong source ${name}`, max: 4 })
}

function createSources(
  { vault, settings }: Exchange,
  connections: Connections,
): ReadonlyMap<string, Source> {
  const sources = new Map<string, Source>()
  for (const resource of settings.catalogue.resources.values()) {
    const source = sourceOf(resource, vault, connections)
    if (source) sources.set(resource.code, source)
  }
  return sources
}

/** Undefined when nothing is configured under the name: then it is unavailable. */
function sourceOf(
  resource: Resource,
  vault: Vault,
  { databases, inquiries }: Connections,
): Source | undefined {
  const { source: entry, subject } = resource
  switch (entry.kind) {
    case 'vault':
      return subject && vaultSource(vault, { type: entry.type, subject })
    case 'postgres': {
      const database = databases.get(entry.database)
      return database && postgresSource(database, resource, entry)
    }
    case 'http': {
      const inquiry = inquiries.get(entry.service)
      return inquiry && httpSource(inquiry, resource, entry)
    }
    case 'withheld':
      return undefined
  }
}

/** What is configured must be of the kind the catalogue says, or the start ends here. */
function checkKinds({ settings: { catalogue, sources } }: Exchange): void {
  for (const { source } of catalogue.resources.values()) {
    if (source.kind !== 'postgres' && source.kind !== 'http') continue
    const name = source.kind === 'http' ? source.service : source.database
    const address = sources.get(name)
    if (!address || address.kind === source.kind) continue
    const setting = `SOURCE_${name.toUpperCase()}_URL`
    throw new Problem('invalid-config', { setting, expected: source.kind })
  }
}

function createRoots(
  { db, log, vault, blind, settings: { catalogue } }: Exchange,
  { cases, sources }: { readonly cases: Cases; readonly sources: ReadonlyMap<string, Source> },
): ReadonlyMap<string, Root> {
  const resources = [...catalogue.resources.values()].map((resource): [string, Root] => [
    resource.code,
    resourceRoot({ resource, source: sources.get(resource.code), blind }),
  ])
  const licence = { vault, log, blind, catalogue }
  return new Map<string, Root>([
    ['licences', licencesRoot(licence)],
    ['licence', licenceRoot(licence)],
    ['materials', materialsRoot({ vault, log, blind, sources })],
    ['audit', auditRoot({ db, log, catalogue, blind })],
    ['grants', grantsRoot(catalogue)],
    ['openCase', openCaseRoot(cases)],
    ['closeCase', closeCaseRoot(cases)],
    ...resources,
  ])
}

/** Cases and the catalogue are read before anything is decided, and from the primary only. */
async function readAsking({ settings }: Exchange, cases: Cases, caller: Caller): Promise<Asking> {
  const { catalogue, clock } = settings
  const at = clock()
  const { department, purpose } = caller
  const opened = purpose && (await cases.find({ department, number: purpose.case }))
  const item = purpose && itemAt(catalogue, purpose.item, at)
  return { caller, at, case: opened, known: { catalogue, item, at, case: opened?.known } }
}

function receipt(
  { settings, log }: Exchange,
  { caller, at, answerHash }: Parameters<AnswerParts['receipt']>[0],
  { leaf, shard }: Parameters<AnswerParts['receipt']>[1],
): string {
  const { kid, key } = settings.keys.receipt
  const claims: ReceiptClaims = {
    iss: settings.exchangeId,
    iat: Math.floor(at.getTime() / 1000),
    ...{ rid: caller.rid, attempt: caller.attempt, dept: caller.department, jti: caller.jti },
    leaf: toBase64url(leaf),
    origin: log.origin(shard),
    mmd: mergeDelaySeconds,
    ah: answerHash,
  }
  return signReceipt(claims, key, kid)
}
