/**
 * Seals whose keys are in a token with a PKCS#11 library: a cryptographic module in this machine or
 * behind its vendor's library. The private key of a department has its code as label. Of the algorithms,
 * ECDSA; for SM2 vendors have mechanisms of their own, which stand behind a signing server.
 *
 * The binding to C, `pkcs11js`, is compiled for the machine and is installed by whoever has a token.
 */
import { hash } from 'node:crypto'
import { createRequire } from 'node:module'
import { setTimeout } from 'node:timers/promises'
import { Problem } from '../../sdk/problem.ts'
import { signerElsewhere } from './signer.ts'
import type { SealChains, SealQuestion, Signer } from './signer.ts'

export interface Pkcs11Token {
  /** The library of the vendor, a file. */
  readonly library: string
  readonly label: string
  readonly pin: string
  /** Milliseconds that only go on. */
  readonly elapsed?: () => number
}

/** What we use of `pkcs11js`, by the names of the standard (PKCS #11 v2.40). */
interface Cryptoki {
  readonly load: (library: string) => void
  readonly close: () => void
  readonly C_Initialize: () => void
  readonly C_Finalize: () => void
  readonly C_GetSlotList: (withToken: boolean) => readonly Buffer[]
  readonly C_GetTokenInfo: (slot: Buffer) => { readonly label: string }
  readonly C_OpenSession: (slot: Buffer, flags: number) => Buffer
  readonly C_Login: (session: Buffer, user: number, pin: string) => void
  readonly C_FindObjectsInit: (session: Buffer, template: readonly Attribute[]) => void
  readonly C_FindObjects: (session: Buffer, most: number) => readonly Buffer[]
  readonly C_FindObjectsFinal: (session: Buffer) => void
  readonly C_SignInit: (session: Buffer, how: { readonly mechanism: number }, key: Buffer) => void
  readonly C_SignAsync: (session: Buffer, data: Buffer, room: Buffer) => Promise<Buffer>
}

interface Attribute {
  readonly type: number
  readonly value: number | string
}

const session = { serial: 0x4, user: 1 } as const
const attribute = { class: 0x0, label: 0x3, privateKey: 3 } as const
const ecdsa = 0x1041
const digests: Readonly<Record<string, string>> = {
  ...{ ES256: 'sha256', ES384: 'sha384', ES512: 'sha512' },
}

const deadlineMs = 5_000
/** A token counts wrong PINs and locks itself; one that is refused is tried this seldom. */
const loginRestMs = 60_000
const signatureBytesMax = 132

export function pkcs11Signer(token: Pkcs11Token, chains: SealChains): Signer {
  const open = createOpening(token)
  // A session does one thing at a time.
  let last: Promise<unknown> = Promise.resolve()
  return signerElsewhere(chains, (question) => {
    const { department } = question
    const signed = last.then(() => sign(open(), question))
    last = signed.catch(open.again)
    const late = setTimeout(deadlineMs, undefined, { ref: false }).then(() => {
      throw new Error('the token does not answer')
    })
    return Promise.race([signed, late]).catch((cause: unknown) => {
      throw new Problem('seal-unavailable', { department }, { cause })
    })
  })
}

interface Opened {
  readonly cryptoki: Cryptoki
  readonly session: Buffer
}

interface Opening {
  (): Opened
  /** After a failure the token is opened from the beginning: it may have been taken out. */
  readonly again: () => void
}

function createOpening(token: Pkcs11Token): Opening {
  const { elapsed = () => performance.now() } = token
  let opened: Opened | undefined
  let refusedAt = -Infinity
  const login: Login = (work) => {
    if (elapsed() - refusedAt < loginRestMs) throw new Error('the login was refused a moment ago')
    try {
      work()
    } catch (thrown) {
      refusedAt = elapsed()
      throw thrown
    }
  }
  const again = (): void => {
    const before = opened
    opened = undefined
    before?.cryptoki.C_Finalize()
    before?.cryptoki.close()
  }
  return Object.assign(() => (opened ??= openToken(token, login)), { again })
}

type Login = (work: () => void) => void

function openToken({ library, label, pin }: Pkcs11Token, login: Login): Opened {
  const { PKCS11 } = createRequire(import.meta.url)('pkcs11js') as { PKCS11: new () => Cryptoki } // As it is documented.
  const cryptoki = new PKCS11()
  cryptoki.load(library)
  cryptoki.C_Initialize()
  try {
    const slot = cryptoki
      .C_GetSlotList(true)
      .find((one) => cryptoki.C_GetTokenInfo(one).label.trimEnd() === label)
    if (!slot) throw new Error('no token of this label')
    const opened = cryptoki.C_OpenSession(slot, session.serial)
    login(() => {
      cryptoki.C_Login(opened, session.user, pin)
    })
    return { cryptoki, session: opened }
  } catch (thrown) {
    cryptoki.C_Finalize()
    cryptoki.close()
    throw thrown
  }
}

async function sign(
  { cryptoki, session: own }: Opened,
  { department, algorithm, message }: SealQuestion,
): Promise<Uint8Array> {
  const digest = digests[algorithm]
  if (digest === undefined) throw new Problem('unsupported-key', { department, algorithm })
  cryptoki.C_FindObjectsInit(own, [
    { type: attribute.class, value: attribute.privateKey },
    { type: attribute.label, value: department },
  ])
  const [key, ...others] = cryptoki.C_FindObjects(own, 2)
  cryptoki.C_FindObjectsFinal(own)
  if (!key || others.length > 0) throw new Error('not exactly one key of this label')
  cryptoki.C_SignInit(own, { mechanism: ecdsa }, key)
  const data = hash(digest, message, 'buffer')
  return cryptoki.C_SignAsync(own, data, Buffer.alloc(signatureBytesMax))
}
