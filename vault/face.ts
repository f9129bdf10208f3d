/**
 * Faces as they leave the vault: annotated copies (加注件), each for one purpose, in one case, until a
 * time. Nobody gets bytes before the log has the copy, and there is no other way to get any.
 */
import { randomBytes } from 'node:crypto'
import type { Catalogue, LicenceType } from '../catalogs/catalog.ts'
import type { Db, Tx } from '../db/postgres.ts'
import type { Log } from '../log/index.ts'
import { toBase64url } from '../sdk/base64url.ts'
import { faceDigest } from '../sdk/face.ts'
import { attachmentsIn } from '../sdk/face/attachment.ts'
import { isCopyText, signCopy } from '../sdk/face/statement.ts'
import type { CopySigner } from '../sdk/face/statement.ts'
import type { JsonObject } from '../sdk/json.ts'
import { documentDigest, readLicence } from '../sdk/licence/document.ts'
import type { LicenceDocument } from '../sdk/licence/document.ts'
import { signOfflineCode } from '../sdk/offline-code.ts'
import { digestText } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import { discloseOnly } from '../sdk/sd-jwt.ts'
import { contentOf, rowsOf } from './face/content.ts'
import type { CopyPlan } from './face/content.ts'
import type { Draw } from './face/draw.ts'
import { addFaceCode } from './face/store.ts'
import { checkInForce, findById } from './find.ts'
import type { Claiming } from './issue/request.ts'
import type { ReadableLicence, Reading } from './find.ts'

export interface Copying extends Omit<Reading, 'db' | 'log'>, Claiming {
  readonly db: Db
  readonly log: Log
  readonly catalogue: Catalogue
  readonly faces: FaceParts
  readonly draw: Draw
  readonly clock: () => Date
}

export interface FaceParts {
  /** Exchange id: who speaks in the statement of a copy, and where its codes are looked up. */
  readonly exchange: string
  /** The receipt key as it is now. */
  readonly signer: () => CopySigner
}

export interface CopyRequest {
  readonly licenceId: string
  /** What the copy may be used for, in the words that are printed across it. */
  readonly purpose: string
  readonly case: string
  readonly department: string
  readonly officer: string
  readonly expires: Date
  /** Of every attempt at this very copy the same, which is the same copy again. */
  readonly key?: string
}

export interface Copy {
  readonly copyId: string
  readonly pdf: Uint8Array
}

/** What must become true together with the copy; answers what its log entry says of it. */
export type CopyAlongside = (tx: Tx, copy: Copy) => Promise<JsonObject>

const copyDaysMax = 90
const dayMs = 86_400_000
/** What a statement has room for in a face; the rest of it is spaces. */
const statementRoom = 4_096

/**
 * @throws Problem invalid-copy, unknown-licence, not-the-issuer, licence-erased, wrong-state,
 *   request-id-reused
 */
export async function copyOf(
  vault: Copying,
  asked: CopyRequest,
  alongside?: CopyAlongside,
): Promise<Copy> {
  const at = vault.clock()
  checkAsked(asked, at)
  const { licenceId, department, officer } = asked
  const stored = await readableFor(vault, asked, at)
  const { copyId, madeAt } = await copyFor(vault, asked, at)
  const type = typeOf(stored, vault.catalogue)
  const document = discloseOnly(stored.document, new Set(rowsOf(type).flat()))
  const code = vault.blind.faceCode(licenceId)
  const plan: CopyPlan = {
    ...{ iss: vault.faces.exchange, iat: seconds(madeAt), exp: seconds(asked.expires) },
    ...{ jti: copyId, licenceId, doc: documentDigest(document) },
    ...{ state: stored.state, purpose: asked.purpose, case: asked.case },
    maker: `${department}/${officer}`,
  }
  const { pdf, statement } = await makeFace(vault, { document, type, plan, code })
  const copy = { copyId, pdf }
  await vault.db.transaction(async (tx) => {
    await addFaceCode(tx, code, licenceId)
    const about = await alongside?.(tx, copy)
    await vault.log.append(tx, [
      {
        ...about,
        ...{ kind: 'copy-made', at: at.toISOString(), licenceId, type: type.code },
        ...{ department, officer, case: asked.case, until: asked.expires.toISOString() },
        // The purpose is free text and may name somebody; the statement's digest holds it to its word.
        ...{ copy: copyId, statement: digestText(statement) },
      },
    ])
  }, 'read committed')
  return copy
}

function checkAsked(asked: CopyRequest, at: Date): void {
  for (const name of ['purpose', 'case', 'officer'] as const) {
    if (!isCopyText(asked[name])) throw new Problem('invalid-copy', { rule: name })
  }
  const ms = asked.expires.getTime() - at.getTime()
  if (!(ms >= 1_000 && ms <= copyDaysMax * dayMs)) {
    throw new Problem('invalid-copy', { rule: 'expires', days: copyDaysMax })
  }
}

/** In the version the licence was sealed by. */
function typeOf({ type, document }: ReadableLicence, { typeVersions }: Catalogue): LicenceType {
  const { typeVersion } = readLicence(document).claims
  const found = typeVersions.get(type)?.find(({ version }) => String(version) === typeVersion)
  if (!found) throw new Error('a licence of a type the catalogue does not have')
  return found
}

async function readableFor(
  vault: Copying,
  { licenceId, department }: CopyRequest,
  at: Date,
): Promise<ReadableLicence> {
  const stored = await findById(vault, licenceId, at)
  if (!stored) throw new Problem('unknown-licence')
  const { issuer, document } = stored
  if (issuer !== department) throw new Problem('not-the-issuer', { issuer })
  if (document === undefined) throw new Problem('licence-erased')
  checkInForce(stored, at)
  return { ...stored, document }
}

/** Which copy this is, and of when: of a request that was tried before, the one it was first for. */
async function copyFor(
  vault: Copying,
  asked: CopyRequest,
  at: Date,
): Promise<{ readonly copyId: string; readonly madeAt: Date }> {
  const { key, department, officer, licenceId, expires, purpose } = asked
  if (key === undefined) return { copyId: randomBytes(16).toString('hex'), madeAt: at }
  const what = { copy: licenceId, officer, purpose, expires, case: asked.case }
  const { askedAt } = await vault.claim({ department, key, what }, licenceId)
  const secret = vault.blind.secret('copy', department, key)
  return { copyId: Buffer.from(secret).toString('hex'), madeAt: askedAt }
}

interface Face {
  readonly document: string
  readonly type: LicenceType
  readonly plan: CopyPlan
  readonly code: Uint8Array
}

/** Draws with room for the statement, signs what was drawn, and writes the statement into its room. */
async function makeFace(
  { catalogue, faces, draw }: Copying,
  { document, type, plan, code }: Face,
): Promise<{ pdf: Uint8Array; statement: string }> {
  const licence = readLicence(document)
  const { licenceId, state, iat, exp, doc } = plan
  const items = publicItems(licence, type)
  const signer = faces.signer()
  const pdf = await draw({
    content: contentOf(licence, { type, catalogue, copy: plan }),
    statusUrl: `https://${faces.exchange}/c/${toBase64url(code)}`,
    offlineCode: signOfflineCode({ licenceId, state, iat, exp, doc, items }, signer),
    enclosures: [
      {
        ...{ name: 'licence.sd-jwt', type: 'application/dc+sd-jwt', relationship: 'Source' },
        content: document,
      },
      {
        ...{ name: 'copy.jwt', type: 'application/jwt', relationship: 'Data' },
        content: ' '.repeat(statementRoom),
      },
    ],
  })
  const room = attachmentsIn(pdf).at(-1)
  if (room?.content.length !== statementRoom) throw new Error('no room for the statement')
  const statement = signCopy({ ...plan, face: faceDigest(pdf, room) }, signer)
  if (statement.length > statementRoom) throw new Error('a statement longer than its room')
  pdf.set(Buffer.from(statement, 'latin1'), room.start)
  return { pdf, statement }
}

/** The libraries and fonts take half a second to load, and most programs never draw. */
export function drawLater(): Draw {
  let draw: Promise<Draw> | undefined
  return async (drawing) => {
    draw ??= import('./face/draw.ts').then(({ createDraw }) => createDraw())
    return (await draw)(drawing)
  }
}

const publicItemsMax = 2
const publicItemLength = 40

/** What the catalogue makes public and the face shows, as much as a small symbol holds. */
function publicItems({ items }: LicenceDocument, type: LicenceType): Record<string, string> {
  const shown = rowsOf(type)
    .flat()
    .flatMap((code) => {
      const field = type.fields.find((one) => one.code === code)
      const value = items.get(code)
      const isPublic = field?.level === 1 && !field.personal && field.required
      const isShort = typeof value === 'string' && value.length <= publicItemLength
      return isPublic && isShort ? [[code, value] as const] : []
    })
  return Object.fromEntries(shown.slice(0, publicItemsMax))
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}
