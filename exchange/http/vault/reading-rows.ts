/** What issuing departments read of the vault. Holders and numbers are asked for in bodies only. */
import { readInstant } from '../../instant.ts'
import { countedBy, searchLimits, states } from '../../../vault/index.ts'
import type { Span } from '../../../vault/index.ts'
import { Problem } from '../../../sdk/problem.ts'
import type { VaultReading } from '../../desk/reading.ts'
import { departmentRow } from '../route.ts'
import type { AnyRow } from '../route.ts'
import { choice, instant, list, object, orNull, text, whole } from '../shape.ts'
import type { Meant } from '../shape.ts'
import { pastAct, timeIn } from '../times.ts'

const word = text({ maxLength: 128 })
const code = text({ maxLength: 64, pattern: '[a-z][a-zA-Z0-9]{0,63}' })
const area = text({ maxLength: 6, pattern: '([0-9]{2}){1,3}' })
const month = text({ maxLength: 7, pattern: '[0-9]{4}-[0-9]{2}' })
const span = object({}, { from: instant, until: instant })
const holder = object({
  codeType: text({ maxLength: 3, pattern: '[0-9]{3}' }),
  code: text({ maxLength: 64 }),
})
const count = whole({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const facts = {
  ...{ licenceId: word, type: word, issuer: word, division: word, grade: word, state: word },
  ...{ validFrom: instant, validUntil: orNull(instant) },
}
const search = {
  ...{ licenceNo: word, holder, type: code, area, begins: span, ends: span },
  state: choice(...states),
  ...{ first: whole({ minimum: 1, maximum: searchLimits.pageMax }), after: word },
}
const counted = object(
  { entered: count, gone: count, standing: count },
  { type: word, issuer: word, division: word, month: word, state: word },
)
export function readingRows(reading: VaultReading): readonly AnyRow[] {
  return [
    departmentRow({
      ...{ method: 'GET', path: '/vault/licences/{licenceId}', name: 'readLicence', who: 'issuer' },
      summary: { zh: '证照现状与历史', en: 'How a licence stands, and its history' },
      parameters: object({ licenceId: word }, { at: instant, knownAt: instant }),
      answer: {
        shape: object({
          ...{ ...facts, supersedes: orNull(word), supersededBy: orNull(word) },
          history: list(pastAct, 1_001),
        }),
      },
      problems: ['unknown-licence', 'not-the-issuer'],
      tell: async ({ parameters, ...asked }) => {
        const { licenceId, ...times } = parameters
        const knownAt = timeIn(times.knownAt, { now: asked.at, place: 'knownAt' })
        const at = timeIn(times.at, { now: asked.at, place: 'at' }) ?? asked.at
        const when = { at, ...(knownAt && { knownAt }) }
        return { body: await reading.show({ ...asked, licenceId, when }) }
      },
    }),
    departmentRow({
      ...{ method: 'POST', path: '/vault/search', name: 'searchLicences', who: 'issuer' },
      summary: { zh: '检索本部门签发的证照', en: 'Find the department’s own licences' },
      body: object({}, search),
      answer: {
        shape: object({
          ...{ licences: list(object(facts), searchLimits.pageMax), at: instant },
          next: orNull(word),
        }),
      },
      problems: ['too-many'],
      tell: async ({ body, ...asked }) => {
        const { first, after, begins, ends, ...rest } = body
        const page = {
          ...(first !== undefined && { first }),
          ...(after !== undefined && { after }),
        }
        const spans = { begins: spanIn(begins, 'begins'), ends: spanIn(ends, 'ends') }
        return { body: await reading.search({ ...asked, ...page, search: { ...rest, ...spans } }) }
      },
    }),
    departmentRow({
      ...{ method: 'POST', path: '/vault/statistics', name: 'countLicences', who: 'issuer' },
      summary: { zh: '统计本部门签发的证照', en: 'Count the department’s own licences' },
      body: object(
        { by: list(choice(...countedBy), countedBy.length), from: month, to: month },
        { type: code, area },
      ),
      answer: { shape: object({ counts: list(counted, 10_000) }) },
      problems: ['too-many'],
      tell: async ({ body, ...asked }) => ({
        body: await reading.count({ ...asked, question: body }),
      }),
    }),
  ]
}

function spanIn({ from, until }: Meant<typeof span> = {}, place: string): Span {
  return {
    ...(from !== undefined && { from: momentIn(from, `${place}/from`) }),
    ...(until !== undefined && { until: momentIn(until, `${place}/until`) }),
  }
}

function momentIn(given: string, place: string): Date {
  const time = readInstant(given)
  if (time) return time
  throw new Problem('invalid-request', { place, expected: 'an RFC 3339 time' })
}
