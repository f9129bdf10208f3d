/** Steps 11 and 12: an auditor checks who saw what; a database owner edits the record and is found out. */
import { randomBytes } from 'node:crypto'
import { copyTables } from '../db/copy.ts'
import { createDatabase, dropDatabase } from '../db/database.ts'
import { migrate } from '../db/migrate.ts'
import { connect } from '../db/postgres.ts'
import type { Db } from '../db/postgres.ts'
import { verifyInclusion, leafHash } from '../sdk/merkle.ts'
import { openCheckpoint } from '../sdk/checkpoint.ts'
import { toBase64url } from '../sdk/base64url.ts'
import { utf8 } from '../sdk/primitives.ts'
import { mustBe, short } from './tale.ts'
import type { Tale } from './tale.ts'
import { runZt } from './run-zt.ts'
import { editOneEntry } from './tamper-store.ts'

interface Entry {
  readonly leaf: string
  readonly origin: string
  readonly index: number | null
  readonly recordedAt: string
  readonly kind: string
  readonly officer: string | null
  readonly decision: string | null
  readonly body: string
}

const audit = `query Audit($case: String!) {
  audit(filter: { case: $case }, first: 50) {
    entries { leaf origin index recordedAt kind officer decision body }
  }
}`

export async function tellAudit({ world, narrator, caseNumber }: Tale): Promise<void> {
  narrator.step('审计：谁在何时为哪个办件看了什么', 'The audit: who saw what, when, for which case')
  narrator.asked(`audit(filter: { case: ${caseNumber} }) · by haikouAffairs`)
  const auditor = await world.client('haikouAffairs', 'auditor-002')
  const { data } = await auditor.query<{ audit: { entries: Entry[] } }>(audit, { case: caseNumber })
  const entries = data?.audit.entries ?? []
  for (const { kind, officer, decision, recordedAt, leaf } of [...entries].reverse()) {
    narrator.got(`${recordedAt} ${officer ?? ''} ${kind} ${decision ?? ''} leaf ${short(leaf)}`)
  }
  const kinds = new Set(entries.map(({ kind }) => kind))
  mustBe(kinds.has('answer') && kinds.has('refusal'), 'answers and refusals are both recorded')
  const access = entries.find(
    ({ kind, body }) => kind === 'answer' && body.includes('identityMatches'),
  )
  mustBe(access !== undefined, 'the access is recorded')
  const leaf = leafHash(utf8(access.body))
  mustBe(toBase64url(leaf) === access.leaf, 'the entry has the leaf it claims')
  const { origin, index, size, proof, checkpoint } = await auditor.proof(access.leaf)
  const { root } = openCheckpoint(checkpoint, {
    origin,
    keys: world.exchange.settings.keys.trust.logKeys.map(({ key }) => key),
  })
  const included = verifyInclusion({ leafHash: leaf, index, size, proof, root })
  mustBe(included, 'the inclusion proof holds')
  narrator.decided(
    'yes',
    `✓ 包含证明成立 inclusion proof holds: entry ${index} of ${size}, ${proof.length} hashes`,
  )
}

export async function tellTampering({ world, narrator, caseNumber }: Tale): Promise<void> {
  narrator.step('有人改了审计记录', 'Somebody edits the audit record')
  const { settings } = world
  await withCopy(settings.databaseUrl, async (copy, url) => {
    const edited = await editOneEntry(copy, caseNumber)
    narrator.asked(
      `SQL on a throwaway copy: update log.entry … officer-017 → officer-018 where id = ${edited}`,
    )
    const { output, exitCode } = await runZt(['audit', 'verify', '--database', url], settings)
    const isNamed = exitCode === 1 && output.includes(`log.entry ${edited}`)
    mustBe(isNamed, 'zt audit verify names the row')
    narrator.decided('no', 'zt audit verify → exit 1')
    for (const line of output.trim().split('\n').slice(0, 6)) narrator.got(line)
  })
}

/** A database of its own with what the verification reads, dropped when the work is done. */
async function withCopy(
  original: string,
  work: (copy: Db, url: string) => Promise<void>,
): Promise<void> {
  const name = `zt_story_${randomBytes(4).toString('hex')}`
  const url = await createDatabase(original, name)
  const open = (one: string): Db =>
    connect({ url: one, name: 'zhengtong story', max: 1, pace: 'batch' })
  const from = open(original)
  const copy = open(url)
  try {
    await migrate(url)
    await copyTables({ from, to: copy, tables: checkedTables })
    await work(copy, url)
  } finally {
    await Promise.all([from.close(), copy.close()])
    await dropDatabase(original, name)
  }
}

/** What `zt audit verify` reads; partitions are copied one by one. */
const checkedTables = [
  ...['log.entry', 'log.pending', 'log.leaf_position', 'log.tile', 'log.checkpoint'],
  ...Array.from({ length: 8 }, (_, part) => `vault.licence_${part}`),
  'vault.act',
  'vault.event_pending',
  'vault.licence_count',
]
