/** The root fields `licences` and `licence`: documents from the vault with just the granted items. */
import type { Catalogue, Shared } from '../../catalogs/catalog.ts'
import type { Log } from '../../log/index.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { fieldCodeIsValid } from '../../sdk/identifier.ts'
import { Problem } from '../../sdk/problem.ts'
import { isReadable } from '../../vault/index.ts'
import type { BlindIndex, Party, ReadableLicence, Vault } from '../../vault/index.ts'
import type { RecordedItem } from '../audit/record.ts'
import { decide } from '../gate/decide.ts'
import type { Ask, Decision, Refusal } from '../gate/ask.ts'
import { grantsInForce } from '../gate/ask.ts'
import { licenceAnswer, recordedItems, wholeRefusal } from './answers.ts'
import type { LicenceAnswer } from './answers.ts'
import { typeName } from './names.ts'
import type { Asking, Root, RootAnswer } from './root.ts'
import type { Selected } from './selection.ts'

export interface LicenceParts {
  readonly vault: Vault
  readonly log: Log
  readonly blind: BlindIndex
  readonly catalogue: Catalogue
}

interface Decided {
  readonly ask: Ask
  readonly decision: Decision
}

/** All licences of one holder, by type; a type that is refused does not hide the others. */
export function licencesRoot(parts: LicenceParts): Root {
  return ({ args, selected }, asking) => {
    const holder = args['holder'] as Party // Checked by GraphQL against HolderInput.
    const subject = toBase64url(parts.blind.party(holder))
    const types = typesAsked(args['types']) ?? typesGranted(parts, asking)
    const decided = types.map((type) => judge(parts, { type, subject, selected }, asking))
    return Promise.resolve({ run: () => fetchLicences(parts, { holder, decided }, asking) })
  }
}

/** One licence by identifier. Its subject is its holder, known to the vault before any item is read. */
export function licenceRoot(parts: LicenceParts): Root {
  return async ({ args, selected }, asking) => {
    const licenceId = String(args['licenceId'])
    const held = await parts.vault.holdersOf(licenceId)
    if (!held) throw new Problem('unknown-licence')
    const { type, holders } = held
    const parties = asking.known.case?.parties ?? []
    const subject = holders.find((index) => parties.includes(index)) ?? holders[0]
    const decided = judge(parts, { type, subject, selected }, asking)
    return { run: () => fetchLicence(parts, { licenceId, decided }, asking) }
  }
}

/** Types that one question may name. */
const typesMax = 20

/** What is not even shaped like a code stays out of the log: anything could be written there. */
function typesAsked(given: unknown): string[] | undefined {
  if (!Array.isArray(given)) return undefined
  const types = [...new Set(given.map(String))]
  if (types.length > typesMax || !types.every(fieldCodeIsValid)) {
    throw new Problem('invalid-request', { place: 'types', expected: `${typesMax} codes at most` })
  }
  return types
}

async function fetchLicences(
  parts: LicenceParts,
  { holder, decided }: { readonly holder: Party; readonly decided: readonly Decided[] },
  asking: Asking,
): Promise<RootAnswer> {
  const found = await findAllowed(parts, { holder, decided }, asking.at)
  const items = decided.flatMap((one) => itemsOf(one, found))
  const asides = decided.flatMap((one) => refusalsWithoutPlace(one, found))
  const [refusal] = asides
  const nothingAllowed = decided.every(({ decision }) => decision.allowed.length === 0)
  if (refusal && nothingAllowed) return { error: refusal, items }
  if (decided.length === 0) return { error: new Problem('not-granted'), items }
  return { value: found, items, asides }
}

/** The licences of the allowed types, each with its allowed items; shared with the plan of materials. */
export async function findAllowed(
  { vault, log }: Pick<LicenceParts, 'vault' | 'log'>,
  { holder, decided }: { readonly holder: Party; readonly decided: readonly Decided[] },
  at: Date,
): Promise<LicenceAnswer[]> {
  const allowed = decided.filter(({ decision }) => decision.allowed.length > 0)
  if (allowed.length === 0) return []
  const types = allowed.map(({ ask }) => ask.resource)
  const licences = await vault.findByHolder({ holder, types }, at)
  const answers = licences.map((licence) => {
    const decision = allowed.find(({ ask }) => ask.resource === licence.type)?.decision
    return decision ? [answerOf(log, licence, { decision, at })] : []
  })
  return Promise.all(answers.flat())
}

async function fetchLicence(
  { vault, log }: LicenceParts,
  { licenceId, decided }: { readonly licenceId: string; readonly decided: Decided },
  { at }: Asking,
): Promise<RootAnswer> {
  const { decision, ask } = decided
  const error = wholeRefusal(decision)
  if (error) return { error, items: itemsOf(decided, []) }
  const licence = await vault.findById(licenceId, at, ask.subject)
  if (licence && !isReadable(licence)) {
    return { error: new Problem('licence-erased'), items: itemsOf(decided, []) }
  }
  const answers = licence ? [await answerOf(log, licence, { decision, at })] : []
  return { value: answers[0] ?? null, items: itemsOf(decided, answers) }
}

async function answerOf(
  log: Log,
  licence: ReadableLicence,
  { decision, at }: { readonly decision: Decision; readonly at: Date },
): Promise<LicenceAnswer> {
  const issueEntry = await log.body(licence.leaf)
  if (!issueEntry) throw new Problem('log-damaged', { licence: licence.licenceId })
  return licenceAnswer(licence, { decision, issueEntry, at })
}

/** The typed fields selected for a type; none selected means every field granted for this purpose. */
function judge(
  { catalogue }: LicenceParts,
  asked: {
    readonly type: string
    readonly subject: string | undefined
    readonly selected: readonly Selected[]
  },
  { caller, known }: Asking,
): Decided {
  const { type, subject, selected } = asked
  const { department, purpose } = caller
  const entry = catalogue.licenceTypes.has(type) ? catalogue.shared(type) : undefined
  const ask = { department, purpose, resource: type, subject, fields: [] }
  const fields = entry ? fieldsAsked(entry, selected) : [type]
  const granted = grantsInForce(ask, known).flatMap((grant) => grant.fields)
  const all = granted.length > 0 ? granted : [...(entry?.fields.keys() ?? [])]
  const complete = { ...ask, fields: fields.length > 0 ? fields : all }
  return { ask: complete, decision: decide(complete, known) }
}

function fieldsAsked({ code, fields }: Shared, selected: readonly Selected[]): string[] {
  return selected
    .filter(({ on }) => on === typeName(code))
    .map(({ field }) => field.name.value)
    .filter((name) => fields.has(name))
}

function typesGranted({ catalogue }: LicenceParts, { caller, known }: Asking): string[] {
  const { department, purpose } = caller
  return [...catalogue.licenceTypes.keys()].filter((resource) => {
    const ask = { department, purpose, resource, fields: [], subject: undefined }
    return grantsInForce(ask, known).length > 0
  })
}

function itemsOf({ ask, decision }: Decided, found: readonly LicenceAnswer[]): RecordedItem[] {
  const any = found.some(({ type }) => type === ask.resource)
  return recordedItems(ask, decision, { decision: any ? 'allowed' : 'nothing-found' })
}

/** A refused field shows at its place in each licence; where there is no licence, beside the list. */
function refusalsWithoutPlace(
  { ask, decision }: Decided,
  found: readonly LicenceAnswer[],
): Refusal[] {
  const whole = wholeRefusal(decision)
  if (whole) return [whole]
  return found.some(({ type }) => type === ask.resource) ? [] : [...decision.refused.values()]
}
