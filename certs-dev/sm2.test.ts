/** The second tree: complete, right in our eyes and in those of OpenSSL, and only there when asked for. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { algorithmOf, verifyCertificateSignature } from '../sdk/algorithm.ts'
import { validatePath } from '../sdk/certificate/path.ts'
import { parseCertificate } from '../sdk/certificate.ts'
import { publicJwk, readJwk } from '../sdk/jws/jwk.ts'
import { signJws, verifyJws } from '../sdk/jws.ts'
import { readPem, writePem } from '../sdk/pem.ts'
import { openPkcs12 } from '../sdk/pkcs12.ts'
import { purposeOid } from '../sdk/certificate/purpose-oid.ts'
import { readTrust } from '../sdk/trust.ts'
import type { Trust } from '../sdk/trust.ts'
import { createDevelopmentPki } from './create.ts'

const at = new Date('2026-06-01T12:00:00Z')
const code = 'haikouMarket'
const openssl = spawnSync('openssl', ['version']).status === 0
const skipsOpenssl = !openssl && !process.env['ZT_REQUIRE_TOOLS']

let out: string
let trust: Trust

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'zhengtong-sm2-'))
  await createDevelopmentPki({
    ...{ out, exchange: 'exchange.example', issuers: [], at },
    departments: [
      { code, uscc: '11460108MB15000151', zh: '市场监管局', en: 'Market', issues: true, sm2: true },
    ],
  })
  trust = readTrust(await readFile(join(out, 'trust.json'), 'utf8'))
})

afterAll(() => rm(out, { recursive: true }))

async function chainOf(name: string): Promise<readonly Uint8Array[]> {
  return readPem(await readFile(join(out, `${name}.chain.pem`), 'utf8'), 'CERTIFICATE')
}

test.for([
  [`${code}/seal`, 'seal'],
  ['status-sm2', 'statusSigning'],
  ['receipt-sm2', 'receiptSigning'],
] as const)('%s leads to the root of SM2, by SM2 alone', async ([name, purpose]) => {
  const [leaf, ...intermediates] = await chainOf(name)
  if (!leaf) throw new Error('there is no certificate')
  const { anchors, crls } = trust
  const verdict = validatePath({
    ...{ leaf, intermediates, anchors, crls, at, profile: 'strict' },
    ...{ purpose: purposeOid[purpose], requireRevocation: true },
  })
  expect(verdict).toMatchObject({ ok: true })
  const algorithms = verdict.ok ? verdict.path.map((one) => one.signatureAlgorithm) : []
  expect(new Set(algorithms)).toEqual(new Set(['1.2.156.10197.1.501']))
})

test('the key of requests comes out of its key store, and signs; the JWK of its public half verifies', async () => {
  const identity = await openPkcs12(
    join(out, `${code}.p12`),
    await readFile(join(out, 'password'), 'utf8'),
  )
  expect(algorithmOf(identity.key)).toBe('SGD_SM3_SM2')
  const [leaf] = identity.certificates
  const { publicKey } = parseCertificate(leaf ?? new Uint8Array())
  const token = signJws({ header: { typ: 'request+jwt' }, payload: '{}', key: identity.key })
  expect(verifyJws(token, publicKey, { typ: 'request+jwt' }).ok).toBe(true)
  expect(verifyJws(token, publicJwk(publicKey)).ok).toBe(true)
  expect(readJwk(publicJwk(publicKey)).key.equals(publicKey)).toBe(true)
})

test('the end of TLS connections stays on P-256', async () => {
  const key = createPrivateKey(await readFile(join(out, code, 'tls.key.pem')))
  expect(algorithmOf(key)).toBe('ES256')
})

test.skipIf(skipsOpenssl)('OpenSSL verifies every link', async () => {
  const chain = [...(await chainOf(`${code}/seal`)), ...(await chainOf('ca/root-sm2'))]
  for (const [i, der] of chain.entries()) {
    await writeFile(join(out, `${i}.pem`), writePem([der], 'CERTIFICATE'))
  }
  for (const [i, issuer] of [1, 2, 3, 3].entries()) {
    const verified = execFileSync(
      'openssl',
      [
        ...['verify', '-x509_strict', '-partial_chain', '-vfyopt', 'distid:1234567812345678'],
        ...['-attime', String(at.getTime() / 1000)],
        ...['-CAfile', join(out, `${issuer}.pem`), join(out, `${i}.pem`)],
      ],
      { encoding: 'utf8' },
    )
    expect(verified).toContain('OK')
  }
})

test.skipIf(skipsOpenssl)('and we one that OpenSSL made', async () => {
  const [key, file] = [join(out, 'made.key'), join(out, 'made.pem')]
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'SM2', '-nodes', '-keyout', key, '-out', file, '-sm3'],
      ...['-sigopt', 'distid:1234567812345678', '-subj', '/C=CN/O=Made', '-days', '1'],
    ],
    { stdio: 'ignore' },
  )
  const [der] = readPem(await readFile(file, 'utf8'), 'CERTIFICATE')
  const made = parseCertificate(der ?? new Uint8Array())
  const { signatureAlgorithm, publicKey, tbs, signature } = made
  expect(verifyCertificateSignature(signatureAlgorithm, publicKey, tbs, signature)).toBe(true)
})
