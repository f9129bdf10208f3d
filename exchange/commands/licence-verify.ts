/**
 * `zt licence verify`: whether a licence is true, in whatever form it was handed over, decided from
 * files alone, as any relying party can: no database, no network. Asked by its identifier, the vault
 * answers by its own records.
 */
import { join } from 'node:path'
import type { Command } from 'commander'
import { isPdf, verifyFace } from '../../sdk/face.ts'
import type { FaceVerdict } from '../../sdk/face.ts'
import { licenceIdRoot } from '../../sdk/identifier-licence.ts'
import { readIssueEvidence } from '../../sdk/issue-evidence.ts'
import { isJsonObject, parseJson, parseJsonObject } from '../../sdk/json.ts'
import { verifyLicence } from '../../sdk/licence.ts'
import type { GivenStatusList, IssueEvidence, LicenceQuestion } from '../../sdk/licence.ts'
import { readPresented } from '../../sdk/licence/presented.ts'
import type { PresentedLicence } from '../../sdk/licence/presented.ts'
import { offlineCodeLength, offlineCodePrefix, verifyOfflineCode } from '../../sdk/offline-code.ts'
import { Problem } from '../../sdk/problem.ts'
import type { SeenStatusList } from '../../sdk/status.ts'
import { isDevelopmentTrust, readTrust } from '../../sdk/trust.ts'
import type { Trust } from '../../sdk/trust.ts'
import { readInstant } from '../instant.ts'
import { keyFiles } from '../keys/key-folder.ts'
import { withExchange } from './open.ts'
import { exit } from './shell.ts'
import type { Shell } from './shell.ts'
import { readBytes, readText, textFileLimits, textOf } from './text-file.ts'
import { exampleLicenceId, licenceIdIn, readTime, withExamples } from './words.ts'

interface VerifyOptions {
  readonly at?: Date
  readonly knownAt?: Date
  readonly trust?: string
  readonly status?: string
  readonly lastSeen?: string
  readonly evidence?: readonly string[]
  readonly audience?: string
  readonly nonce?: string
}

export function addVerifyCommand(licence: Command, shell: Shell): void {
  withExamples(licence.command('verify'), [
    'licence verify licence.sd-jwt --evidence issue.json --status list.jwt --json',
    'licence verify envelope.json --at 2031-06-01 --trust trust.json',
    `licence verify ${exampleLicenceId}`,
    `licence verify ${exampleLicenceId} --at 2031-06-01 --known-at 2031-07-01`,
  ])
    .description('check a licence, offline; exit 0 valid, 1 invalid, 5 not provable')
    .argument(
      '<file|id>',
      'a licence: face (PDF), SD-JWT, JSON, JAdES envelope or answer of an exchange, or its offline code (ZT1:), - for standard input; or an identifier, to ask the vault',
    )
    .option('--at <time>', 'the time the verdict is about; now when left out', readTime)
    .option('--known-at <time>', 'with an id: what was recorded later does not count', readTime)
    .option('--trust <file>', 'whom to believe; trust.json in KEYS_FOLDER when left out')
    .option('--status <file>', 'the signed status list the licence points to')
    .option('--last-seen <file>', 'an earlier verdict (--json), whose list must not be newer')
    .option(
      '--evidence <file>',
      'what proves when it existed: its issue in the log, or its JAdES envelope; may be repeated',
      (file: string, others?: readonly string[]) => [...(others ?? []), file],
    )
    .option('--audience <name>', 'with --nonce: for whom the holder was asked to present it')
    .option('--nonce <text>', 'with --audience: what the holder was asked to sign')
    .action((asked: string, options: VerifyOptions) => runVerify(shell, asked, options))
}

async function runVerify(shell: Shell, asked: string, options: VerifyOptions): Promise<void> {
  if (asked.startsWith(licenceIdRoot)) {
    await verifyStored(shell, asked, options)
    return
  }
  const bytes = await readBytes(shell, asked)
  const code = offlineCodeIn(bytes)
  if (code !== undefined) await verifyCode(shell, code, options)
  else answer(shell, await verifyFile(shell, { bytes, path: asked }, options))
}

/** Without the line ends around it; a space at its end can be one of its characters. */
function offlineCodeIn(bytes: Uint8Array): string | undefined {
  if (bytes.length > 2 * offlineCodeLength) return undefined
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .replace(/[\r\n]+$/, '')
  return text.startsWith(offlineCodePrefix) ? text : undefined
}

/** All that it needs stands in it, but for whom to believe. */
async function verifyCode(
  shell: Shell,
  text: string,
  { at = shell.clock(), trust: named, ...others }: VerifyOptions,
): Promise<void> {
  const [other] = Object.keys(others)
  if (other !== undefined) {
    throw new Problem('invalid-request', { place: `--${other}`, expected: 'a licence, not a code' })
  }
  const { code, ...verdict } = verifyOfflineCode(text, { trust: await trustFor(shell, named), at })
  const shown = code ? { ...verdict, code: { ...code, items: {} } } : verdict
  const [colour, words] = verdicts[verdict.verdict]
  shell.terminal.answer(shown, [
    `${shell.terminal.paint(colour, words)}  ${verdict.at}`,
    ...(verdict.reason === undefined ? [] : [`  → ${verdict.reason}`]),
    ...(code ? [code.licenceId] : []),
  ])
  shell.end(statuses[verdict.verdict])
}

/** What stands in the licence is not said, whoever reads the screen. */
function answer(shell: Shell, { licence, ...verdict }: FaceVerdict): void {
  const shown = licence ? { ...verdict, licence: { ...licence, items: {} } } : verdict
  shell.terminal.answer(shown, linesOf(shell, shown))
  shell.end(statuses[shown.verdict])
}

async function verifyStored(
  shell: Shell,
  id: string,
  { at = shell.clock(), knownAt, ...others }: VerifyOptions,
): Promise<void> {
  const licenceId = licenceIdIn(id)
  const [other] = Object.keys(others)
  if (other !== undefined) {
    throw new Problem('invalid-request', { place: `--${other}`, expected: 'a file, not an id' })
  }
  await withExchange(shell, async ({ vault }) => {
    answer(shell, await vault.verify({ licenceId, at, ...(knownAt && { knownAt }) }))
  })
}

async function verifyFile(
  shell: Shell,
  { bytes, path }: { readonly bytes: Uint8Array; readonly path: string },
  options: VerifyOptions,
): Promise<FaceVerdict> {
  const { at = shell.clock(), evidence = [] } = options
  if (options.knownAt) {
    throw new Problem('invalid-request', { place: '--known-at', expected: 'an id, not a file' })
  }
  const keyBinding = keyBindingIn(options)
  const presented = presentedIn(bytes, path)
  const given: (IssueEvidence | string)[] = []
  if (presented?.envelope !== undefined) given.push(presented.envelope)
  for (const file of evidence) given.push(readAs(file, evidenceIn, await readText(shell, file)))
  const status = await statusIn(shell, options)
  const question: LicenceQuestion = {
    ...{ trust: await trustFor(shell, options.trust), at, evidence: given },
    ...(status && { status }),
    ...(keyBinding && { keyBinding }),
  }
  return presented ? verifyLicence(presented.document, question) : verifyFace(bytes, question)
}

/** Nothing of a face, which is judged as the bytes it is. */
function presentedIn(bytes: Uint8Array, path: string): PresentedLicence | undefined {
  return isPdf(bytes) ? undefined : readAs(path, readPresented, textOf(bytes, path))
}

/** What a file holds, or the refusal with its path. */
function readAs<T>(path: string, read: (text: string) => T, text: string): T {
  try {
    return read(text)
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause
    throw new Problem('unusable-file', { path, refused: cause.code, ...cause.detail }, { cause })
  }
}

/** An envelope is judged as it stands; the proof of an issue has to be taken apart first. */
function evidenceIn(text: string): IssueEvidence | string {
  const { length: stringLength } = text
  const json = parseJson(text, { depth: 32, membersPerObject: 1_000, stringLength })
  return isJsonObject(json) && json['signature'] !== undefined ? text : readIssueEvidence(text)
}

async function statusIn(
  shell: Shell,
  { status, lastSeen }: VerifyOptions,
): Promise<GivenStatusList | undefined> {
  if (status === undefined) {
    if (lastSeen === undefined) return undefined
    throw new Problem('invalid-request', { place: '--last-seen', expected: '--status beside it' })
  }
  const token = await readText(shell, status)
  if (lastSeen === undefined) return { token }
  return { token, lastSeen: readAs(lastSeen, listSeenIn, await readText(shell, lastSeen)) }
}

/** As `--json` printed it. */
function listSeenIn(text: string): SeenStatusList {
  const { statusList } = parseJsonObject(text)
  const { uri, issuedAt, expiresAt } = isJsonObject(statusList) ? statusList : {}
  const [issued, expires] = [issuedAt, expiresAt].map((time) =>
    typeof time === 'string' ? readInstant(time) : undefined,
  )
  if (typeof uri === 'string' && issued && expires) {
    return { uri, issuedAt: issued, expiresAt: expires }
  }
  throw new Problem('invalid-json', { rule: 'no-status-list' })
}

function keyBindingIn({ audience, nonce }: VerifyOptions): LicenceQuestion['keyBinding'] {
  if (audience !== undefined && nonce !== undefined) {
    return { audience, nonce, presence: 'required' }
  }
  if (audience === undefined && nonce === undefined) return undefined
  throw new Problem('invalid-request', { place: '--audience', expected: '--audience and --nonce' })
}

/** Without a file named, the one this exchange trusts, which production does not do with any. */
async function trustFor(shell: Shell, named: string | undefined): Promise<Trust> {
  const path = named ?? join(shell.config().keysFolder, keyFiles.trust)
  const trust = readAs(path, readTrust, await readText(shell, path, textFileLimits.trustBytes))
  if (!isDevelopmentTrust(trust)) return trust
  if (named === undefined && shell.config().production) {
    throw new Problem('development-keys', { setting: 'NODE_ENV', path })
  }
  shell.terminal.note(`${path}: 开发用信任文件 · keys of a development PKI, NOT TRUSTED`)
  return trust
}

const statuses = { valid: exit.ok, invalid: exit.failed, unknown: exit.partial } as const
const colours = { pass: 'green', fail: 'red', unknown: 'yellow' } as const
const marks = { pass: '✓', fail: '✗', unknown: '?' } as const
const verdicts = {
  valid: ['green', '有效 · valid'],
  invalid: ['red', '无效 · invalid'],
  unknown: ['yellow', '无法证实 · not provable'],
} as const

function linesOf({ terminal }: Shell, { verdict, at, checks, licence }: FaceVerdict): string[] {
  const [colour, words] = verdicts[verdict]
  return [
    ...checks.flatMap((check) => linesOfCheck(terminal, check)),
    '',
    `${terminal.paint(colour, words)}  ${at}`,
    ...(licence ? [licence.licenceId] : []),
  ]
}

/** 80 columns are enough for each of them. */
function linesOfCheck(
  { paint }: Shell['terminal'],
  { code, outcome, reason, zh, en }: FaceVerdict['checks'][number],
): string[] {
  return [
    `${paint(colours[outcome], marks[outcome])} ${code.padEnd(17)} ${zh}`,
    `  ${paint('dim', en)}`,
    ...(reason === undefined ? [] : [`  → ${paint(colours[outcome], reason)}`]),
  ]
}
