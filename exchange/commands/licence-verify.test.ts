/** `zt licence verify`: each form a licence comes in, and each file that is none. */
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issueTimeStamp } from '../../certs-dev/time-stamp.ts'
import { addTimeStamp, bytesToTimeStamp, createEvidence } from '../../sdk/evidence.ts'
import { writeIssueEvidence } from '../../sdk/issue-evidence.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { checkTitles } from '../../sdk/licence/verdict.ts'
import { spkiText } from '../../sdk/log-key.ts'
import { signOfflineCode } from '../../sdk/offline-code.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { discloseOnly } from '../../sdk/sd-jwt.ts'
import { bindSdJwt } from '../../sdk/sd-jwt/key-binding.ts'
import { statusListTtl } from '../../sdk/status/signer.ts'
import { before, createForge, items, minuteMs, types, uri } from '../../test/forging.ts'
import { createIssuing, holder, issuingAt as at, platform } from '../../test/issuing.ts'
import { runProgram } from './program.ts'
import { textFileLimits } from './text-file.ts'

const root = join(import.meta.dirname, '../..')
const issuing = await createIssuing(types)
const { document, freshList, sealed, logged, listOf } = createForge(issuing)
const tsa = await holder({
  ...{ profile: 'tsa', owner: platform, issuer: issuing.licensing },
  period: { from: before(365 * 24 * 60 * minuteMs), until: before(-365 * 24 * 60 * minuteMs) },
})

const basic = createEvidence(document)
const stamped = addTimeStamp(
  basic,
  issueTimeStamp({ authority: tsa, data: bytesToTimeStamp(basic), at: before(59 * minuteMs) }),
)
const party = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = party.publicKey.export({ format: 'jwk' }) as JsonObject
const owned = sealed({ claims: { cnf: { jwk } } })
const asked = { audience: 'urn:window', nonce: 'n-1' }
const bound = bindSdJwt(owned, { ...asked, key: party.privateKey, at })
const evidence = logged(document)
const inClear = JSON.stringify({
  ...(JSON.parse(writeIssueEvidence(evidence)) as object),
  entry: JSON.parse(fromUtf8(evidence.entry)) as object,
})

function flattened(compact: string, more: object = {}): string {
  const [jwt = '', ...disclosures] = compact.split('~').slice(0, -1)
  const [signedHeader, payload, signature] = jwt.split('.')
  const header = { disclosures, ...more }
  return JSON.stringify({ payload, protected: signedHeader, signature, header })
}

function answered(...documents: readonly string[]): string {
  const licences = documents.map((one) => ({ licenceId: '1.2.3', document: one }))
  return JSON.stringify({ data: { licences }, extensions: { receipt: 'a.b.c' } }, undefined, 2)
}

/** What an earlier verdict said of the list it believed. */
function seen(issuedAt: Date): string {
  const expiresAt = new Date(issuedAt.getTime() + statusListTtl * 1000)
  return JSON.stringify({ verdict: 'valid', statusList: { uri, issuedAt, expiresAt } })
}

const receiptKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const withReceiptKey = JSON.stringify({
  ...(JSON.parse(issuing.trustFile) as object),
  receiptKeys: [{ kid: 'r1', publicKey: spkiText(receiptKey.publicKey) }],
})
const said = { licenceId: '1.2.3', iat: +at / 1000, exp: +at / 1000 + 60, doc: 'd', items: {} }
const codeOf = (state: string): string =>
  signOfflineCode({ ...said, state }, { key: receiptKey.privateKey, kid: 'r1' })

const files: Readonly<Record<string, string | Uint8Array>> = {
  code: codeOf('valid'),
  'code-marked': `\ufeff${codeOf('valid')}\r\n`,
  'code-revoked': codeOf('revoked'),
  'code-cut': codeOf('valid').slice(0, 60),
  'trust-of-code': withReceiptKey,
  whole: document,
  'whole-marked': `\ufeff${document}\r\n\n`,
  part: discloseOnly(document, new Set(['name'])),
  altered: document.replace(/(\.[\w-]+\.)(.)/, (_, kept: string, one: string) => {
    return kept + (one === 'A' ? 'B' : 'A')
  }),
  bound,
  'bound-altered': `${bound.slice(0, -2)}AA`,
  'bound-log': writeIssueEvidence(logged(owned)),
  flattened: flattened(document),
  'flattened-odd': flattened(document, { other: 1 }),
  'flattened-stamped': flattened(document, (JSON.parse(stamped) as { header: object }).header),
  answer: answered(document),
  'two-answers': answered(document, owned),
  'no-licence': '{"data":{"licence":null}}',
  'answer-cut': answered(document).slice(0, -20),
  basic,
  stamped,
  log: writeIssueEvidence(evidence),
  'log-in-clear': inClear,
  'log-of-other': writeIssueEvidence(logged(owned)),
  list: freshList,
  'list-revoked': listOf({ status: 'invalid' }),
  'seen-now': seen(at),
  'seen-later': seen(before(-minuteMs)),
  trust: issuing.trustFile,
  lines: `${document}\n${document}\n`,
  empty: ' \n\ufeff\n',
  binary: Uint8Array.of(0x30, 0x82, 0xff, 0xfe),
  nul: `${document}\0`,
  large: 'x'.repeat(textFileLimits.bytes + 1),
  words: 'licence',
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zhengtong-verify-'))
  await mkdir(join(folder, 'directory'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  await writeFile(join(folder, 'trust.json'), issuing.trustFile)
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

const base = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  KEYS_FOLDER: folder,
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
})

async function verify(args: string, { stdin = '', changed = {} } = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const said = Promise.all([text(stdout), text(stderr)])
  const named = args.replaceAll('@', `${folder}/`).split(' ')
  const status = await runProgram(['licence', 'verify', ...named], {
    ...{ stdin: Readable.from([stdin]), stdout, stderr, environment: { ...base(), ...changed } },
    ...{ clock: () => at, interrupted: () => new Promise<void>(() => undefined) },
  })
  stdout.end()
  stderr.end()
  const [data, rest] = await said
  return { status, data, rest }
}

/** The exit status, and what did not pass. */
async function outcome(args: string, given?: Parameters<typeof verify>[1]): Promise<string> {
  const { status, data } = await verify(`${args} --json`, given)
  const { verdict, checks } = JSON.parse(data) as ReturnType<
    ReturnType<typeof createForge>['verify']
  >
  expect(checks.map(({ code }) => code)).toEqual(Object.keys(checkTitles))
  const open = checks.filter(({ outcome: one }) => one !== 'pass')
  const why = open.map(({ code, reason = '' }) => `; ${code} ${reason}`)
  return `${status} ${verdict}${why.join('')}`
}

const beside = '--status @list --evidence @log'
const cases: readonly (readonly [string, string, string])[] = [
  ['a whole licence', `@whole ${beside}`, '0 valid'],
  ['one that an editor saved', `@whole-marked ${beside}`, '0 valid'],
  ['a part of it', `@part ${beside}`, '0 valid'],
  ['the licence alone', '@whole', '5 unknown; proven-time no-evidence; status no-status-list'],
  ['without a list', '@whole --evidence @log', '5 unknown; status no-status-list'],
  ['without a proof', '@whole --status @list', '5 unknown; proven-time no-evidence'],
  ['a revoked one', '@whole --status @list-revoked --evidence @log', '1 invalid; status revoked'],
  [
    'the proof of another',
    '@whole --status @list --evidence @log-of-other',
    '1 invalid; proven-time proof-of-other-document',
  ],
  ['a proof in clear', '@whole --status @list --evidence @log-in-clear', '0 valid'],
  ['the envelope beside it', '@whole --status @list --evidence @stamped', '0 valid'],
  ['two proofs', '@whole --status @list --evidence @stamped --evidence @log', '0 valid'],
  ['flattened JSON', `@flattened ${beside}`, '0 valid'],
  [
    'an altered one',
    `@altered ${beside}`,
    '1 invalid; seal signature-invalid; proven-time proof-of-other-document',
  ],
  ['its envelope, B-T', '@stamped --status @list', '0 valid'],
  ['its envelope, B-B', '@basic --status @list', '5 unknown; proven-time no-time-stamp'],
  ['its envelope, B-B, and the log', `@basic ${beside}`, '0 valid'],
  ['an envelope with disclosures', '@flattened-stamped --status @list', '0 valid'],
  ['an answer', `@answer ${beside}`, '0 valid'],
  [
    'with its holder',
    '@bound --status @list --evidence @bound-log --audience urn:window --nonce n-1',
    '0 valid',
  ],
  ['another trust file', `@whole ${beside} --trust @trust`, '0 valid'],
  ['the list seen last', `@whole ${beside} --last-seen @seen-now`, '0 valid'],
  [
    'an older list than the one seen',
    `@whole ${beside} --last-seen @seen-later`,
    '5 unknown; status status-list-rolled-back',
  ],
  [
    'a time before it began',
    `@whole ${beside} --at 2020-02-29`,
    '1 invalid; certificate-path revocation-unknown; seal not-reached; issuer-authorised not-reached; proven-time recorded-later; period not-yet-valid; status certificate-not-yet-valid',
  ],
]

describe('prints a verdict from files alone, and its exit status says it', () => {
  test.for(cases)('%s: zt licence verify %s', async ([, args, expected]) => {
    expect(await outcome(args)).toBe(expected)
  })

  test.for<readonly [string, string]>([
    ['@words', 'separator-missing'],
    ['@flattened-odd', 'form'],
    ['@bound', 'key-binding-not-expected'],
    ['@bound --audience urn:other --nonce n-1', 'key-binding-audience'],
    ['@bound-altered --audience urn:window --nonce n-1', 'key-binding-signature-invalid'],
    ['@whole --audience urn:window --nonce n-1', 'key-binding-missing'],
  ])('%s is invalid by its form: %s', async ([args, rule]) => {
    const form = Object.keys(checkTitles).filter((code) => code !== 'form')
    const rest = form.map((code) => `; ${code} not-reached`).join('')
    expect(await outcome(`${args} --status @list`)).toBe(`1 invalid; form ${rule}${rest}`)
  })

  test.for([
    ['@code --trust @trust-of-code', '0 valid'],
    ['@code-marked --trust @trust-of-code', '0 valid'],
    ['@code-revoked --trust @trust-of-code', '1 invalid revoked'],
    ['@code-cut --trust @trust-of-code', '1 invalid code-malformed'],
    ['@code', '1 invalid unknown-key'],
    ['@code --trust @trust-of-code --at 2099-01-01', '5 unknown code-expired'],
  ] as const)('an offline code: %s', async ([args, expected]) => {
    const { status, data } = await verify(`${args} --json`)
    const { verdict, reason = '' } = JSON.parse(data) as { verdict: string; reason?: string }
    expect(`${status} ${verdict} ${reason}`.trim()).toBe(expected)
    expect((await verify(args)).data).toContain(reason)
  })

  test('from standard input', async () => {
    expect(await outcome(`- ${beside}`, { stdin: document })).toBe('0 valid')
  })
})

describe('says what is wrong with what it was given, and prints nothing', () => {
  test.for<readonly [string, JsonObject]>([
    ['@nowhere', { code: 'unreadable-file', reason: 'ENOENT' }],
    ['@directory', { code: 'unusable-file', rule: 'directory' }],
    ['@empty', { code: 'unusable-file', rule: 'empty' }],
    ['-', { code: 'unusable-file', path: '-', rule: 'empty' }],
    ['@binary', { code: 'unusable-file', rule: 'not-text' }],
    ['@nul', { code: 'unusable-file', rule: 'not-text' }],
    ['@large', { code: 'unusable-file', rule: 'too-large', limit: textFileLimits.bytes }],
    ['@lines', { code: 'unusable-file', rule: 'several-lines' }],
    ['@no-licence', { code: 'unusable-file', rule: 'no-licence' }],
    ['@answer-cut', { code: 'unusable-file', refused: 'invalid-json' }],
    [
      '@two-answers',
      {
        ...{ code: 'unusable-file', rule: 'several-licences' },
        places: ['$.data.licences[0].document', '$.data.licences[1].document'],
      },
    ],
    ['@whole --evidence @list', { code: 'unusable-file', refused: 'invalid-json' }],
    ['@whole --evidence @trust', { code: 'unusable-file', rule: 'issue-evidence' }],
    ['@whole --evidence @nowhere', { code: 'unreadable-file', reason: 'ENOENT' }],
    ['@whole --status @empty', { code: 'unusable-file', rule: 'empty' }],
    ['@whole --trust @log', { code: 'unusable-file', refused: 'invalid-trust' }],
    ['@whole --status @list --last-seen @log', { code: 'unusable-file', rule: 'no-status-list' }],
    ['@code --status @list', { code: 'invalid-request', place: '--status' }],
    ['@whole --last-seen @seen-now', { code: 'invalid-request', place: '--last-seen' }],
    ['@whole --audience urn:window', { code: 'invalid-request', place: '--audience' }],
    ['1.2.156.3005.2.nonsense', { code: 'invalid-licence-id' }],
  ])('%s', async ([args, expected]) => {
    const { status, data, rest } = await verify(`${args} --json`)
    expect({ status, data }).toEqual({ status: 2, data: '' })
    const lines = rest.trim().split('\n')
    const { error } = JSON.parse(lines.at(-1) ?? '') as { error: { code: string; detail: object } }
    expect({ code: error.code, ...error.detail }).toMatchObject(expected)
  })

  test.for([
    ['2026-02-30'],
    ['2026-13-01'],
    ['2026-02-30T00:00:00Z'],
    ['yesterday'],
    ['20260601'],
    ['2026-06-01T25:00:00Z'],
    ['2026-06-01T12:00:00'],
  ])('--at %s', async ([time]) => {
    const { status, data, rest } = await verify(`@whole --at ${time ?? ''}`)
    expect({ status, data }).toEqual({ status: 2, data: '' })
    expect(rest).toContain('Write 2026-11-22 or 2026-11-22T09:30:00+08:00.')
  })

  test('production believes no development keys that nobody named', async () => {
    const changed = { NODE_ENV: 'production', TLS_ENDED_BY_PROXY: 'yes' }
    const { status, data, rest } = await verify(`@whole ${beside}`, { changed })
    expect({ status, data }).toEqual({ status: 3, data: '' })
    expect(rest).toContain('zt: development-keys')
    expect(await outcome(`@whole ${beside} --trust @trust`, { changed })).toBe('0 valid')
  })
})

test('for people there is a table of 80 columns, and nothing of what stands in the licence', async () => {
  const { status, data, rest } = await verify('@whole --evidence @log --status @list-revoked')
  expect(status).toBe(1)
  expect(data.split('\n').slice(-8)).toEqual(
    [
      '✓ period            处于有效期内',
      '  The time asked for lies within the validity period',
      '✗ status            未被撤销、注销或暂扣',
      '  The licence is not revoked, cancelled or suspended',
      '  → revoked',
      '',
      '无效 · invalid  2026-06-01T12:00:00.000Z',
      expect.stringMatching(/^1\.2\.156\.3005\.2\./),
      '',
    ].slice(-8),
  )
  const cells = (line: string): number =>
    line.length + (line.match(/[\u2e80-\uffef]/g)?.length ?? 0)
  expect(data.split('\n').filter((line) => cells(line) > 80)).toEqual([])
  expect(data).not.toContain(items.name)
  expect(rest).toContain('NOT TRUSTED')
})

test('the program itself reads standard input and ends with the status', async () => {
  const child = spawn(
    join(root, 'node_modules/.bin/node'),
    [join(root, 'exchange/zt.ts'), 'licence', 'verify', '-', '--json', '--at', at.toISOString()],
    { env: base(), stdio: ['pipe', 'pipe', 'ignore'] },
  )
  child.stdin.end(document)
  const ended = once(child, 'close')
  const said = await text(child.stdout)
  await ended
  expect(JSON.parse(said)).toMatchObject({ verdict: 'unknown', at: at.toISOString() })
  expect(child.exitCode).toBe(5)
})
