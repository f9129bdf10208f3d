/** Faces and codes over HTTP: copies and showing for departments, the state behind a code for anyone. */
import { createHash } from 'node:crypto'
import type { Label } from '../../catalogs/catalog.ts'
import { showMinutes } from '../../vault/index.ts'
import type { Vault } from '../../vault/index.ts'
import { createFaceDesk } from '../desk/faces.ts'
import type { FaceDesk } from '../desk/faces.ts'
import type { Verification } from '../desk/verification.ts'
import { departmentRow, openRow } from './route.ts'
import type { AnyRow } from './route.ts'
import { instant, object, text, whole } from './shape.ts'

const words = text({ maxLength: 200 })
const code = text({ maxLength: 200 })
const word = text({ maxLength: 128 })
const inPath = object({ licenceId: text({ maxLength: 200 }) })
const name = object({ zh: text({ maxLength: 300 }), en: text({ maxLength: 300 }) })
const status = object({ type: word, typeName: name, issuer: word, issuerName: name, state: word })

export function faceRows({
  vault,
  verification,
}: {
  readonly vault: Vault
  readonly verification: Verification
}): readonly AnyRow[] {
  return [...deskRows(createFaceDesk(vault)), ...codeRows(verification)]
}

function deskRows(desk: FaceDesk): readonly AnyRow[] {
  return [
    departmentRow({
      ...{ method: 'POST', path: '/vault/licences/{licenceId}/copies', name: 'copyLicence' },
      who: 'issuer',
      summary: { zh: '制作加注件', en: 'Make an annotated copy' },
      parameters: inPath,
      body: object({ purpose: words, case: words, expires: instant }),
      answer: { status: 201, type: 'application/pdf' },
      problems: [
        ...(['invalid-copy', 'unknown-licence', 'not-the-issuer', 'wrong-state'] as const),
        ...(['licence-erased', 'request-id-reused'] as const),
      ],
      tell: async ({ parameters, body, ...asked }) => {
        const { copyId, pdf } = await desk.copy({ ...asked, ...parameters, ...body })
        const disposition = `attachment; filename="${copyId}.pdf"`
        return { body: pdf, headers: { 'content-disposition': disposition } }
      },
    }),
    departmentRow({
      ...{ method: 'POST', path: '/vault/licences/{licenceId}/show-codes', name: 'showLicence' },
      who: 'issuer',
      summary: { zh: '生成亮证码', en: 'Make a code for a holder to show' },
      parameters: inPath,
      body: object({ minutes: whole(showMinutes) }),
      answer: { status: 201, shape: object({ code, expiresAt: instant }) },
      problems: ['unknown-licence', 'not-the-issuer', 'wrong-state', 'request-id-reused'],
      tell: async ({ parameters, body, ...asked }) => ({
        body: await desk.show({ ...asked, ...parameters, ...body }),
      }),
    }),
    departmentRow({
      ...{ method: 'POST', path: '/vault/scans', name: 'scanLicence', who: 'department' },
      summary: { zh: '扫描亮证码', en: 'Scan a code that a holder shows' },
      body: object({ code }),
      answer: {
        status: 201,
        shape: object({ licenceId: word, type: word, issuer: word, state: word }),
      },
      problems: ['show-code-refused', 'too-many-guesses'],
      tell: async ({ body, ...asked }) => ({ body: await desk.scan({ ...asked, ...body }) }),
    }),
  ]
}

function codeRows(verification: Verification): readonly AnyRow[] {
  return [
    openRow({
      ...{ method: 'GET', path: '/c/{code}/state', name: 'stateOfCode', who: 'anyone' },
      summary: { zh: '静态码的证照状态', en: 'The state of the licence behind a code' },
      parameters: object({ code }),
      answer: { shape: status },
      problems: ['not-found', 'verification-restricted', 'too-many-requests'],
      isCounted: true,
      tell: async ({ parameters }) => ({ body: await verification.stateOf(parameters.code) }),
    }),
    openRow({
      ...{ method: 'GET', path: '/c/{code}', name: 'pageOfCode', who: 'anyone' },
      summary: { zh: '静态码的状态页', en: 'The same as a page for people' },
      parameters: object({ code }),
      answer: { type: 'text/html; charset=utf-8' },
      problems: ['not-found', 'verification-restricted', 'too-many-requests'],
      isCounted: true,
      tell: async ({ parameters }) => {
        const { typeName, issuerName, state } = await verification.stateOf(parameters.code)
        const stateName = stateNames[state] ?? { zh: state, en: state }
        const body = pageOf({ type: typeName, issuer: issuerName, state: stateName })
        return { body, headers: { 'content-security-policy': policy } }
      },
    }),
  ]
}

const stateNames: Readonly<Record<string, Label>> = {
  valid: { zh: '有效', en: 'valid' },
  suspended: { zh: '暂扣', en: 'suspended' },
  cancelled: { zh: '已注销', en: 'cancelled' },
  revoked: { zh: '已撤销', en: 'revoked' },
  withdrawn: { zh: '已吊销', en: 'withdrawn' },
  transferred: { zh: '已转出', en: 'transferred' },
  superseded: { zh: '已换发', en: 'superseded' },
  archived: { zh: '已归档', en: 'archived' },
  expired: { zh: '已过期', en: 'expired' },
  unproven: { zh: '无法证实', en: 'not provable' },
}

const style =
  'body{font:1.1rem/1.6 system-ui;margin:3rem auto;max-width:26rem;padding:0 1rem}dt{color:#666}dd{margin:0 0 1rem}small{color:#666}'
/** The page may show its own style, and load, run, send or be framed by nothing. */
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

function pageOf(said: Readonly<Record<'type' | 'issuer' | 'state', Label>>): string {
  const titles = { type: '证照类型 Type', issuer: '颁发机构 Issuer', state: '状态 State' } as const
  const rows = (['type', 'issuer', 'state'] as const).map(
    (what) =>
      `<dt>${titles[what]}</dt><dd>${escaped(said[what].zh)}<br>${escaped(said[what].en)}</dd>`,
  )
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>证照状态 Licence status</title><style>${style}</style><dl>${rows.join('')}</dl><small>此页不显示个人信息，照面内容请以签名数据为准。<br>Nothing personal is shown here; the signed data alone says what the licence says.</small></html>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
