/**
 * The vault over HTTP: what issuing departments do to licences and what departments ask about them,
 * one row each. What is decided and recorded is decided and recorded at the desk.
 */
import type { VaultDesk } from '../vault-desk.ts'
import { departmentRow } from './route.ts'
import type { AnyRow } from './route.ts'
import { day, flag, instant, list, named, object, orNull, text } from './shape.ts'

const code = text({ maxLength: 64, pattern: '[a-z][a-zA-Z0-9]{0,63}' })
const licenceId = text({ maxLength: 128, pattern: '[0-9A-Za-z.]+' })
/** What no licence is called is as unknown as any other. */
const inPath = object({ licenceId: text({ maxLength: 200 }) })

const draft = object(
  {
    type: code,
    division: text({ maxLength: 6, pattern: '[0-9]{6}' }),
    licenceNo: text({ maxLength: 128 }),
    holders: list(
      object({
        role: code,
        codeType: text({ maxLength: 3, pattern: '[0-9]{3}' }),
        code: text({ maxLength: 64 }),
      }),
      50,
    ),
    items: named(text({ maxLength: 65_536 }), 200),
    validFrom: day,
    validUntil: orNull(day),
  },
  { serial: text({ maxLength: 32, pattern: '[0-9A-Z]+' }) },
)

const act = object({ act: text({ maxLength: 64 }), reason: text({ maxLength: 64 }) })
const done = object({ licenceId, act: code, state: code, at: instant })

export function vaultRows(desk: VaultDesk): readonly AnyRow[] {
  return [
    departmentRow({
      ...{ method: 'POST', path: '/vault/licences', name: 'issueLicence', who: 'issuer' },
      summary: { zh: '签发一件证照', en: 'Issue one licence' },
      body: draft,
      answer: { status: 201, shape: object({ licenceId, fresh: flag }) },
      problems: ['invalid-draft', 'licence-id-exists', 'seal-unavailable'],
      tell: async (asked) => ({ body: await desk.issue(asked) }),
    }),
    departmentRow({
      ...{ method: 'POST', path: '/vault/licences/{licenceId}/acts', name: 'changeLicence' },
      who: 'issuer',
      summary: { zh: '对已签发的证照作出处理', en: 'Act on a licence that was issued' },
      parameters: inPath,
      body: act,
      answer: { status: 201, shape: done },
      problems: ['unknown-licence', 'not-the-issuer', 'unknown-reason', 'wrong-state'],
      tell: async ({ parameters, body, ...asked }) => ({
        body: await desk.change({ ...asked, ...parameters, ...body }),
      }),
    }),
  ]
}
