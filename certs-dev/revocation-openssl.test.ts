/** OpenSSL's opinion of the lists and responses our tests are made of, and ours beside it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { validatePath } from '../sdk/certificate/path.ts'
import { parseCertificate } from '../sdk/certificate.ts'
import { writePem } from '../sdk/pem.ts'
import { issueBytes, issueCa } from '../test/certificates.ts'
import { at, ecKeys, named } from './certforge/forge.ts'
import type { Party } from '../test/certificates.ts'
import {
  deltaOf,
  extensionDer,
  listNumber,
  reasonCode,
  writeList,
} from './certforge/list-writer.ts'
import { writeResponse } from './certforge/ocsp-writer.ts'
import { extension, keyIds } from './extension.ts'

const isThere = spawnSync('openssl', ['version']).status === 0
const skips = !isThere && !process.env['ZT_REQUIRE_TOOLS']
if (skips) process.stderr.write('openssl is not installed: its opinion is not asked\n')

const [from, until] = [new Date('2026-05-01T00:00:00Z'), new Date('2026-07-01T00:00:00Z')]

describe.skipIf(skips)('openssl agrees', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zt-revocation-'))
  let root: Party
  let leaf: Uint8Array

  beforeAll(async () => {
    root = await issueCa({ name: named('root') })
    const keys = ecKeys()
    // Without a hint at delta lists openssl does not look at any.
    const hint = extension('2.5.29.46', {
      isCritical: false,
      value: Buffer.from('300d300ba009a0078605613a2f2f78', 'hex'),
    })
    const order = { name: named('leaf'), issuer: root, keys, serial: '01', roles: { hint: [hint] } }
    leaf = await issueBytes(order)
    writeFileSync(join(folder, 'root.pem'), writePem([root.der], 'CERTIFICATE'))
    writeFileSync(join(folder, 'leaf.pem'), writePem([leaf], 'CERTIFICATE'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  function list(number: number, reason?: number, base?: number): Uint8Array {
    const { name, keys } = root
    const own = keyIds(keys.publicKey, keys.publicKey)[1]?.value ?? new ArrayBuffer()
    const reasons = reason === undefined ? [] : [reasonCode(reason)]
    return writeList({
      ...{ issuer: { name, key: keys.privateKey }, from: new Date(+from + number), until },
      entries: reason === undefined ? [] : [{ serial: '01', from, extensions: reasons }],
      extensions: [
        ...[extensionDer('2.5.29.35', new Uint8Array(own)), listNumber(number)],
        ...(base === undefined ? [] : [deltaOf(base)]),
      ],
    })
  }

  const day = 86_400_000
  test.for<readonly [what: string, lists: () => readonly Uint8Array[], isGood: boolean]>([
    ['silence', () => [list(1)], true],
    ['named', () => [list(1, 1)], false],
    ['held', () => [list(1, 6)], false],
    ['named in a delta', () => [list(1), list(day, 1, 1)], false],
    ['held and lifted in a delta', () => [list(1, 6), list(day, 8, 1)], true],
    ['a delta without a base', () => [list(day, undefined, 1)], false],
    ['a delta over a gap', () => [list(1, 6), list(2 * day, 8, day)], false],
  ])('about lists: %s', ([, made, isGood]) => {
    const crls = made()
    writeFileSync(join(folder, 'crls.pem'), writePem(crls, 'X509 CRL'))
    const { status } = spawnSync(
      'openssl',
      [
        ...['verify', '-crl_check', '-extended_crl', '-use_deltas', '-CRLfile', 'crls.pem'],
        ...['-attime', `${at.getTime() / 1000}`, '-CAfile', 'root.pem', 'leaf.pem'],
      ],
      { cwd: folder },
    )
    expect(status === 0).toBe(isGood)
    const anchors = [root.certificate]
    const { ok } = validatePath({
      ...{ leaf, intermediates: [], anchors, at, profile: 'rfc5280', crls },
    })
    expect(ok).toBe(isGood)
  })

  test.for([
    ['good', 'good'],
    ['unknown', 'unknown'],
    ['revoked', { revokedAt: from, reason: 1 }],
  ] as const)('about responses: %s', ([said, status]) => {
    const { name, keys, certificate: issuer } = root
    const ocsp = writeResponse({
      ...{ responder: { name, key: keys.privateKey }, producedAt: from },
      answers: [{ certificate: parseCertificate(leaf), issuer, status, from, until }],
    })
    writeFileSync(join(folder, 'response.der'), ocsp)
    const { stdout, stderr } = spawnSync(
      'openssl',
      [
        ...['ocsp', '-respin', 'response.der', '-issuer', 'root.pem', '-cert', 'leaf.pem'],
        ...['-CAfile', 'root.pem', '-no_nonce', '-attime', `${at.getTime() / 1000}`],
      ],
      { cwd: folder, encoding: 'utf8' },
    )
    expect(stderr).toContain('Response verify OK')
    // It compares the times with today's, whatever it is told, and says so before its answer.
    expect(stdout.replace('leaf.pem: ', '').split('\n')).toContain(said)
    const verdict = validatePath({
      ...{ leaf, intermediates: [], anchors: [root.certificate], at },
      ...{ profile: 'rfc5280', ocsp: [ocsp] },
    })
    expect(verdict.ok).toBe(said === 'good')
  })
})
