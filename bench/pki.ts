/** A development PKI in a folder that is gone when it was read: one issuing department is enough. */
import { createPrivateKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDevelopmentPki } from '../certs-dev/create.ts'
import { readPem } from '../sdk/pem.ts'
import { readTrust } from '../sdk/trust.ts'
import type { Trust } from '../sdk/trust.ts'

export const exchange = 'exchange.bench'
export const department = {
  ...{ code: 'haikouMarket', uscc: '11460108MB15000151', issues: true },
  ...{ zh: '海口市市场监督管理局', en: 'Haikou Administration for Market Regulation' },
}
export const typeCode = '11100000MB0143028R001'

export interface Signer {
  readonly key: KeyObject
  /** Leaf first, DER, without the root. */
  readonly chain: readonly Uint8Array[]
}

export interface Pki {
  readonly trust: Trust
  readonly seal: Signer
  readonly status: Signer
  readonly logKey: KeyObject
}

export async function createPki(at: Date): Promise<Pki> {
  const out = await mkdtemp(join(tmpdir(), 'zhengtong-bench-'))
  const { code, uscc, zh, en } = department
  const types = [{ code: typeCode, from: new Date(0) }]
  const issuers = [{ department: code, uscc, name: { zh, en }, types }]
  try {
    await createDevelopmentPki({ out, exchange, departments: [department], issuers, at })
    const textOf = (name: string): Promise<string> => readFile(join(out, name), 'utf8')
    const signerOf = async (name: string): Promise<Signer> => ({
      key: createPrivateKey(await textOf(`${name}.key.pem`)),
      chain: readPem(await textOf(`${name}.chain.pem`), 'CERTIFICATE'),
    })
    return {
      trust: readTrust(await textOf('trust.json')),
      seal: await signerOf(`${code}/seal`),
      status: await signerOf('status'),
      logKey: createPrivateKey(await textOf('log.key.pem')),
    }
  } finally {
    await rm(out, { recursive: true })
  }
}
