/**
 * A way to PostgreSQL that a test may break: all of it at once, or at one call. It reads the protocol
 * from our side (PostgreSQL manual, chapter 54), so a blow falls between two messages and never within
 * one. A call is what one statement sends: a simple query, or everything up to a Sync.
 */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/**
 * What befalls a call.
 *   refused       it never runs; the server answers with an error
 *   unanswered    it runs, and the connection is lost before its answer: nobody knows
 *   hanging       it never ends by itself; the connection's own statement timeout ends it
 *   disconnected  it never runs, because the connection is lost before it arrives
 */
export const blows = ['refused', 'unanswered', 'hanging', 'disconnected'] as const
export type Blow = (typeof blows)[number]

export interface Wire {
  /** The url of the same database by this way. */
  readonly through: (url: string) => string
  /** Ends every connection and lets none through. */
  readonly cut: () => void
  readonly mend: () => void
  /** Counts calls anew, of connections named like this, and strikes the n-th if there is one. */
  readonly watch: (named: RegExp, strike?: { readonly call: number; readonly blow: Blow }) => void
  /** How many calls there were since. */
  readonly calls: () => number
  /** What every later connection says first is replaced. */
  readonly sayInstead: (said: string, instead: string) => void
  close(): Promise<void>
}

interface Watched {
  readonly named: RegExp
  readonly strike: { readonly call: number; readonly blow: Blow } | undefined
  calls: number
}

interface State {
  isCut: boolean
  watched: Watched | undefined
  instead: readonly [said: string, instead: string] | undefined
}

/** @param url of any database of the server, over TCP or a socket in a folder */
export async function createWire(url: string): Promise<Wire> {
  const target = targetOf(new URL(url))
  const sockets = new Set<Socket>()
  const state: State = { isCut: false, watched: undefined, instead: undefined }
  const server = createServer((client) => {
    if (state.isCut) {
      client.destroy()
      return
    }
    const onward = connect(target)
    for (const socket of [client, onward]) {
      sockets.add(socket)
      // A cut shows as an error on the other half; both halves end together.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        onward.destroy()
      })
    }
    join(client, onward, state)
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo // A TCP listener has one.
  const cut = (): void => {
    state.isCut = true
    for (const socket of sockets) socket.destroy()
  }
  return {
    through: (direct) => wayOf(direct, port),
    cut,
    mend: () => {
      state.isCut = false
    },
    watch: (named, strike) => {
      state.watched = { named, strike, calls: 0 }
    },
    calls: () => state.watched?.calls ?? 0,
    sayInstead: (said, instead) => {
      state.instead = [said, instead]
    },
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Carries one connection, call by call. */
function join(client: Socket, onward: Socket, state: State): void {
  let name: string | undefined
  let call: Buffer[] = []
  let isMuted = false
  const fromUs = createSplitter({ isOpening: true }, (message) => {
    if (name === undefined) {
      name = nameIn(message)
      onward.write(state.instead ? replaced(message, state.instead) : message)
      return
    }
    call.push(message)
    const isWhole = endsCall.has(typeOf(message)) || !inCall.has(typeOf(message))
    if (!isWhole) return
    const whole = Buffer.concat(call)
    call = []
    const blow = endsCall.has(typeOf(message)) ? blowFor(state.watched, name) : undefined
    if (blow === 'unanswered') isMuted = true
    if (blow === 'disconnected') client.destroy()
    else
      onward.write(blow === 'refused' || blow === 'hanging' ? simpleQuery(inPlaceOf[blow]) : whole)
  })
  const toNobody = createSplitter({ isOpening: false }, (message) => {
    if (endsAnswer.has(typeOf(message))) client.destroy()
  })
  client.on('data', fromUs)
  onward.on('data', (bytes) => {
    if (isMuted) toNobody(bytes)
    else client.write(bytes)
  })
}

/** Parse, Bind, Describe, Execute, Close, Flush: parts of a call that a Sync ends. */
const inCall: ReadonlySet<string> = new Set(['P', 'B', 'D', 'E', 'C', 'H'])
/** Query and Sync. */
const endsCall: ReadonlySet<string> = new Set(['Q', 'S'])
/** ReadyForQuery and CopyInResponse. */
const endsAnswer: ReadonlySet<string> = new Set(['Z', 'G'])

/** Said to the server in place of a call, so that its own answer and its own state are the true ones. */
const inPlaceOf = {
  refused: `do $$ begin raise 'struck' using errcode = '53200'; end $$`,
  // Time runs a thousand times as fast for this statement; without a timeout it would never end.
  hanging: `do $$ begin
      perform set_config('statement_timeout', ceil(extract(epoch from
        current_setting('statement_timeout')::interval))::text, true);
    end $$;
    do $$ begin loop perform pg_sleep(3600); end loop; end $$`,
}

function blowFor(watched: Watched | undefined, name: string): Blow | undefined {
  if (!watched?.named.test(name)) return undefined
  watched.calls += 1
  return watched.strike?.call === watched.calls ? watched.strike.blow : undefined
}

const typeBytes = 1
const lengthBytes = 4

/** Hands on whole messages. The opening one has no type. */
function createSplitter(
  { isOpening }: { readonly isOpening: boolean },
  take: (message: Buffer) => void,
): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0)
  let lengthAt = isOpening ? 0 : typeBytes
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= lengthAt + lengthBytes) {
      const end = lengthAt + rest.readUInt32BE(lengthAt)
      if (rest.length < end) return
      const message = rest.subarray(0, end)
      rest = rest.subarray(end)
      lengthAt = typeBytes
      take(message)
    }
  }
}

function typeOf(message: Buffer): string {
  return message.toString('latin1', 0, typeBytes)
}

function simpleQuery(text: string): Buffer {
  const body = Buffer.from(`${text}\0`)
  const head = Buffer.from('Q\0\0\0\0')
  head.writeUInt32BE(lengthBytes + body.length, typeBytes)
  return Buffer.concat([head, body])
}

/** Names and values of an opening stand one after the other, each ended by a zero. */
function nameIn(opening: Buffer): string {
  const words = opening.toString('utf8', 2 * lengthBytes).split('\0')
  return words[words.indexOf('application_name') + 1] ?? ''
}

function replaced(opening: Buffer, [said, instead]: readonly [string, string]): Buffer {
  const text = opening.toString('utf8', lengthBytes).replace(said, instead)
  const head = Buffer.alloc(lengthBytes)
  head.writeUInt32BE(lengthBytes + Buffer.byteLength(text))
  return Buffer.concat([head, Buffer.from(text)])
}

function wayOf(direct: string, port: number): string {
  const own = new URL(direct)
  const user = own.searchParams.get('user') ?? decodeURIComponent(own.username)
  const way = new URL(`postgresql://${encodeURIComponent(user)}@127.0.0.1:${port}`)
  way.password = own.password
  way.pathname = own.pathname
  way.searchParams.set('sslmode', 'disable')
  return way.href
}

function targetOf(url: URL): { path: string } | { host: string; port: number } {
  const folder = url.searchParams.get('host')
  const port = Number(url.searchParams.get('port') ?? (url.port === '' ? 5432 : url.port))
  if (folder?.startsWith('/') === true) return { path: `${folder}/.s.PGSQL.${port}` }
  return { host: url.hostname, port }
}
