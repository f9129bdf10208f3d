/**
 * The vault over HTTP: what issuing departments do to licences and what departments ask about them,
 * one row each. What is decided and recorded is decided and recorded at the desk.
 */
import type { VaultDesk } from '../desk/licences.ts'
import { departmentRow } from './route.ts'
import type { AnyRow } from './route.ts'
import { day, flag, instant, list, named, object, orNull, text, whole } from './shape.ts'
import { sdJwtLimits } from '../../sdk/sd-jwt.ts'

const code = text({ maxLength: 64, pattern: '[a-z][a-zA-Z0-9]{0,63}' })
const licenceId = text({ maxLength: 128, pattern: '[0-9A-Za-z.]+' })
/** What no licence is called is as unknown as any other. */
const inPath = object({ licenceId: text({ maxLength: 200 }) })

const holders = list(
  object({
    role: code,
    codeType: text({ maxLength: 3, pattern: '[0-9]{3}' }),
    code: text({ maxLength: 64 }),
  }),
  50,
)
const placeRange = { minimum: 0, maximum: 1_048_575 }

const draft = object(
  {
    type: code,
    division: text({ maxLength: 6, pattern: '[0-9]{6}' }),
    licenceNo: text({ maxLength: 128 }),
    holders,
    items: named(text({ maxLength: 65_536 }), 200),
    validFrom: day,
    validUntil: orNull(day),
  },
  { serial: text({ maxLength: 32, pattern: '[0-9A-Z]+' }) },
)

const anAct = { act: text({ maxLength: 64 }), reason: text({ maxLength: 64 }) }
const act = object(anAct, { effectiveAt: instant, receiver: code })
const done = object({ licenceId, act: code, state: code, at: instant, effectiveAt: instant })
const version = object({ ...anAct, draft }, { effectiveAt: instant })
const succeeded = object({
  ...{ licenceId, supersedes: licenceId, act: code, at: instant, effectiveAt: instant },
})
const places = list(object({ idx: whole(placeRange), uri: text({ maxLength: 2_048 }) }), 1_000)
const handedIn = object(
  {
    document: text({ maxLength: sdJwtLimits.length }),
    division: text({ maxLength: 6, pattern: '[0-9]{6}' }),
    licenceNo: text({ maxLength: 128 }),
    holders,
  },
  { succession: object(anAct, { effectiveAt: instant }) },
)

/** What any act on a licence may meet, and what any draft of one. */
const ofActs = [
  ...(['unknown-licence', 'not-the-issuer', 'unknown-reason', 'act-not-allowed'] as const),
  ...(['wrong-state', 'effect-out-of-bounds', 'too-many', 'request-id-reused'] as const),
] as const
const ofDrafts = ['invalid-draft', 'seal-unavailable'] as const

export function vaultRows(desk: VaultDesk): readonly AnyRow[] {
  return [
    departmentRow({
      ...{ method: 'POST', path: '/vault/licences', name: 'issueLicence', who: 'issuer' },
      summary: { zh: '签发一件证照', en: 'Issue one licence' },
      body: draft,
      answer: { status: 201, shape: object({ licenceId, fresh: flag }) },
      problems: [...ofDrafts, 'licence-id-exists', 'request-id-reused'],
      tell: async (asked) => ({ body: await desk.issue(asked) }),
    }),
    departmentRow({
      ...{ method: 'POST', path: '/vault/licences/{licenceId}/acts', name: 'changeLicence' },
      who: 'issuer',
      summary: { zh: '对已签发的证照作出处理', en: 'Act on a licence that was issued' },
      parameters: inPath,
      body: act,
      answer: { status: 201, shape: done },
      problems: [...ofActs, 'not-a-receiver'],
      tell: async ({ parameters, body, ...asked }) => ({
        body: await desk.change({ ...asked, ...parameters, ...body }),
      }),
    }),
    departmentRow({
      ...{ method: 'POST', path: '/vault/licences/{licenceId}/versions', name: 'reissueLicence' },
      who: 'issuer',
      summary: { zh: '延续、变更或换发证照', en: 'Renew, change or supersede a licence' },
      parameters: inPath,
      body: version,
      answer: { status: 201, shape: succeeded },
      problems: [
        ...ofActs,
        ...ofDrafts,
        ...(['licence-no-exists', 'licence-being-sealed', 'licence-erased'] as const),
      ],
      tell: async ({ parameters, ...asked }) => ({
        body: await desk.reissue({ ...asked, ...parameters }),
      }),
    }),
    ...ownSealRows(desk),
  ]
}

/** For departments that seal on their own premises. */
function ownSealRows(desk: VaultDesk): readonly AnyRow[] {
  return [
    departmentRow({
      ...{ method: 'POST', path: '/vault/places', name: 'reservePlaces', who: 'issuer' },
      summary: {
        zh: '为本部门自行签章的证照预留状态列表位置',
        en: 'Reserve places in the status lists for licences sealed by the department itself',
      },
      body: object({ count: whole({ minimum: 1, maximum: 1_000 }) }),
      answer: { status: 201, shape: object({ places }) },
      problems: ['too-many', 'request-id-reused'],
      tell: async (asked) => ({ body: await desk.reservePlaces(asked) }),
    }),
    departmentRow({
      ...{ method: 'POST', path: '/vault/documents', name: 'acceptDocument', who: 'issuer' },
      summary: {
        zh: '收存本部门自行签章的证照',
        en: 'Take in a licence the department has sealed',
      },
      body: handedIn,
      answer: { status: 201, shape: object({ licenceId, fresh: flag }) },
      problems: [
        ...(['invalid-licence-document', 'document-not-sound', 'invalid-draft'] as const),
        ...([
          'place-not-held',
          'licence-no-exists',
          'licence-id-exists',
          'licence-erased',
        ] as const),
        ...ofActs,
      ],
      tell: async (asked) => ({ body: await desk.accept(asked) }),
    }),
  ]
}
