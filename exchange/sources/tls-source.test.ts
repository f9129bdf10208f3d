/** A department's service over real TLS: it is believed only under its own name and authority. */
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { departmentName } from '../../certs-dev/extension.ts'
import { Problem } from '../../sdk/problem.ts'
import { createAuthority } from '../../test/tls.ts'
import type { Authority, Pair } from '../../test/tls.ts'
import { sourceAddress } from './address.ts'
import { createInquiry } from './inquiry.ts'

const token = 'a-secret-of-the-police'
const past = { from: new Date('2020-01-01'), until: new Date('2026-01-01') }
const elsewhere = departmentName('haikouPolice')

let folder: string
let authority: Authority
let stranger: Authority

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zhengtong-source-'))
  authority = await createAuthority()
  stranger = await createAuthority()
  await writeFile(join(folder, 'ca.pem'), authority.pem)
})

afterAll(() => rm(folder, { recursive: true }))

interface Asked {
  readonly outcome: string
  /** Requests that reached the service, with the secret in them. */
  readonly reached: number
}

async function askedBehind(
  { certificate, key }: Pair,
  { ca, version }: { ca?: string | undefined; version?: 'TLSv1.1' } = {},
): Promise<Asked> {
  let reached = 0
  const old = version && { maxVersion: version, minVersion: version, ciphers: 'ALL@SECLEVEL=0' }
  const server = createServer({ cert: certificate, key, ...old }, (_request, response) => {
    reached += 1
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"keys":{},"values":{}}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo // A TCP listener has one.
    const address = sourceAddress('POLICE', { url: `https://127.0.0.1:${port}/`, token, ca })
    if (address.kind !== 'http') throw new Error('no service')
    const { ask } = createInquiry(address, () => new Date())
    const outcome = await ask('/person', {}).then(
      () => 'answered',
      (thrown: unknown) => (thrown instanceof Problem ? thrown.code : 'defect'),
    )
    return { outcome, reached }
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const ours = () => ({ ca: join(folder, 'ca.pem') })

test('a service whose certificate comes from its authority is asked', async () => {
  expect(await askedBehind(await authority.server(), ours())).toEqual({
    ...{ outcome: 'answered', reached: 1 },
  })
})

test.for<readonly [string, () => Promise<Asked>]>([
  ['of another authority', async () => askedBehind(await stranger.server(), ours())],
  ['of nobody the system knows', async () => askedBehind(await authority.server())],
  ['that has expired', async () => askedBehind(await authority.server(past), ours())],
  [
    'of another name',
    async () => askedBehind(await authority.server({ roles: { machine: [elsewhere] } }), ours()),
  ],
  [
    'spoken in TLS 1.1',
    async () => askedBehind(await authority.server(), { ...ours(), version: 'TLSv1.1' }),
  ],
])('a service with a certificate %s hears nothing, not even the secret', async ([, ask]) => {
  expect(await ask()).toEqual({ outcome: 'source-unavailable', reached: 0 })
})

test.for([
  { url: 'http://127.0.0.1:1/', ca: 'ca.pem', why: 'nothing, as there is no TLS' },
  { url: 'https://police.example/', ca: 'missing.pem', why: 'a file with certificates' },
  { url: 'postgres://localhost/police', ca: 'ca.pem', why: 'sslrootcert' },
])('authorities in $ca for $url are refused', ({ url, ca, why }) => {
  const given = { url, token: url.startsWith('postgres') ? undefined : token }
  expect(() => sourceAddress('POLICE', { ...given, ca: join(folder, ca) })).toThrow(
    expect.objectContaining({
      code: 'invalid-config',
      detail: { setting: 'SOURCE_POLICE_CA', expected: expect.stringContaining(why) as string },
    }),
  )
})
