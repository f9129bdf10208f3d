/** Sealing through a real HTTPS server that wants a certificate, and may be slow, silent, away or lying. */
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { purposes } from '../../certs-dev/extension.ts'
import { tlsPurposeOid } from '../../sdk/certificate/purpose-oid.ts'
import { fromBase64url, toBase64url } from '../../sdk/base64url.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import { problemFrom } from '../../sdk/problem.ts'
import { createAuthority } from '../../test/tls.ts'
import type { Authority } from '../../test/tls.ts'
import { draftOf } from '../../test/companies.ts'
import { createTestVault } from '../../test/vault.ts'
import type { TestVault } from '../../test/vault.ts'
import type { Vault } from '../index.ts'
import { signingServer } from './signing-server.ts'

const department = 'meilanMarket'
const deadlineMs = 1_000

/** What the server does instead of answering as it should; the bytes of a signature, or another body. */
type Conduct = (message: Uint8Array) => Promise<Uint8Array | string | undefined>

let world: TestVault
let authority: Authority
let server: Server
let port: number
let conduct: Conduct
const honest: Conduct = (message) => world.parts.signer.sealOf(department).sign(message)

beforeAll(async () => {
  world = await createTestVault()
  authority = await createAuthority()
  const { certificate: cert, key } = await authority.server()
  server = createServer(
    { cert, key, ca: authority.pem, requestCert: true, rejectUnauthorized: true },
    (request, reply) => {
      void (async () => {
        const asked = parseJsonObject((await buffer(request)).toString())
        expect(Object.keys(asked)).toEqual(['department', 'algorithm', 'certificate', 'message'])
        const message = typeof asked['message'] === 'string' ? asked['message'] : ''
        const told = await conduct(fromBase64url(message))
        if (told === undefined) return // Silence.
        if (told === '302') reply.writeHead(302, { location: '/' }).end()
        else if (typeof told === 'string') reply.end(told)
        else reply.end(JSON.stringify({ signature: toBase64url(told) }))
      })()
    },
  )
  await listen(0)
})

afterAll(async () => {
  await stop()
  await world.close()
})

async function listen(on: number): Promise<void> {
  await new Promise<void>((listening) => server.listen(on, '127.0.0.1', listening))
  port = (server.address() as AddressInfo).port
}

async function stop(): Promise<void> {
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
}

/** The vault whose seal of Meilan is on the server. */
async function vaultWith({ authorities = authority.pem } = {}): Promise<Vault> {
  const own = await authority.server({ roles: { purpose: [purposes(tlsPurposeOid.client)] } })
  const chain = world.parts.signer.sealOf(department).chain
  const url = new URL(`https://127.0.0.1:${port}/seal`)
  const place = { url, deadlineMs, tls: { authorities, own } }
  return world.another({ signer: signingServer(place, new Map([[department, { chain }]])) })
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'done'
  } catch (thrown) {
    return problemFrom(thrown).code
  }
}

test('a licence is sealed by the server, also by one that takes its time', async () => {
  const vault = await vaultWith()
  conduct = async (message) => {
    await setTimeout(deadlineMs / 4)
    return honest(message)
  }
  const { licenceId } = await vault.issue(draftOf(801))
  await world.log.sequence()
  expect((await vault.verify({ licenceId, at: world.clock.now })).verdict).toBe('valid')
})

const faults: Readonly<Record<string, Conduct>> = {
  'is silent': () => Promise.resolve(undefined),
  'answers no JSON': () => Promise.resolve('no json'),
  'answers nothing': () => Promise.resolve('{}'),
  'answers without end': () => Promise.resolve(' '.repeat(5_000)),
  'sends us elsewhere': () => Promise.resolve('302'),
  'makes a signature up': () => Promise.resolve(new Uint8Array(64).fill(7)),
  'signs something else': (message) => honest(message.slice(1)),
  'signs with the key of others': (message) =>
    world.parts.signer.sealOf('haikouMarket').sign(message),
}

test.for(Object.entries(faults))(
  'when the server %s, there is no seal and no licence',
  async ([, fault]) => {
    const draft = draftOf(810 + Object.values(faults).indexOf(fault))
    const vault = await vaultWith()
    conduct = fault
    const asked = { licenceNo: draft.licenceNo, issuer: department }
    expect(await codeOf(vault.issue(draft))).toBe('seal-unavailable')
    expect((await vault.search(asked, {}, world.clock.now)).licences).toEqual([])
    conduct = honest
    const { licenceId } = await vault.issue(draft)
    const found = await vault.search(asked, {}, world.clock.now)
    expect(found.licences.map((one) => one.licenceId)).toEqual([licenceId])
  },
)

test('a server that is away, unknown or does not know us gives no seal', async () => {
  conduct = honest
  const message = new Uint8Array([1])
  const seal = async (tls: object): Promise<string> => {
    const chain = world.parts.signer.sealOf(department).chain
    const url = new URL(`https://127.0.0.1:${port}/seal`)
    const place = { url, deadlineMs, tls }
    const signer = signingServer(place, new Map([[department, { chain }]]))
    return codeOf(signer.sealOf(department).sign(message))
  }
  const own = await authority.server({ roles: { purpose: [purposes(tlsPurposeOid.client)] } })
  const stranger = await createAuthority()
  const foreign = await stranger.server({ roles: { purpose: [purposes(tlsPurposeOid.client)] } })
  expect(await seal({ authorities: authority.pem, own })).toBe('done')
  expect(await seal({ authorities: stranger.pem, own })).toBe('seal-unavailable')
  expect(await seal({ authorities: authority.pem })).toBe('seal-unavailable')
  expect(await seal({ authorities: authority.pem, own: foreign })).toBe('seal-unavailable')
  const vault = await vaultWith()
  await stop()
  expect(await seal({ authorities: authority.pem, own })).toBe('seal-unavailable')
  const draft = draftOf(830)
  expect(await codeOf(vault.issue(draft))).toBe('seal-unavailable')
  await listen(port)
  expect(await codeOf(vault.issue(draft))).toBe('done')
  expect(() =>
    signingServer({ url: new URL('https://x'), deadlineMs, tls: {} }, new Map()).sealOf('nobody'),
  ).toThrow(/^seal-unavailable/)
})
