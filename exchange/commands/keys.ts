/**
 * The keys of an exchange: which there are, the next one in place of each, and the end of those that
 * were followed. Keys are never printed and never come from the command line; ids are no secrets.
 */
import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { Option } from 'commander'
import type { Command } from 'commander'
import { refuseOlderPrograms } from '../../db/migrate.ts'
import { readPem } from '../../sdk/pem.ts'
import { Problem } from '../../sdk/problem.ts'
import type { ExchangeParts } from '../exchange.ts'
import { keyRefreshMs } from '../keys/live-keys.ts'
import { listLogKeys, listRequestKeys, listWrappingKeys } from '../rotation/list.ts'
import type { ListedKey } from '../rotation/list.ts'
import { rotateLogKey } from '../rotation/log-key.ts'
import type { LogKeyTimes } from '../rotation/log-key.ts'
import { withTurn } from '../rotation/turn.ts'
import type { Turn } from '../rotation/turn.ts'
import { retireWrappingKeys, rotateWrappingKey } from '../rotation/wrapping-key.ts'
import { withExchange, withKeeper } from './open.ts'
import type { Shell } from './shell.ts'
import { columns, readTime, withExamples } from './words.ts'

/** Until every running instance has certainly read its folder again. */
const settledMs = 5 * keyRefreshMs
/** A certificate and its authorities. */
const chainBytesMax = 65_536

interface RotateOptions extends LogKeyTimes {
  readonly kind: 'log' | 'wrapping' | 'request'
  readonly department?: string
  readonly chain?: string
}

interface RetireOptions {
  readonly kind: 'wrapping' | 'request'
  readonly id?: string
}

export function addKeysCommands(program: Command, shell: Shell): void {
  const keys = program.command('keys').description('log, wrapping and request keys')
  withExamples(keys.command('list'), ['keys list', 'keys list --department meilanMarket --json'])
    .description('every key with its state; for a wrapping key how much it wraps')
    .option('--department <code>', 'whose request keys; of all when left out')
    .action(({ department }: { department?: string }) => runList(shell, department))
  withExamples(keys.command('rotate'), [
    'keys rotate --kind log --activate-at 2026-12-01T00:00:00+08:00',
    'keys rotate --kind wrapping',
    'keys rotate --kind request --department meilanMarket --chain next.chain.pem',
  ])
    .description('put the next key in place while the exchange runs; interrupted, give it again')
    .addOption(kindOption('log', 'wrapping', 'request'))
    .option('--activate-at <time>', 'log: when the new key begins; 15 minutes from now', readTime)
    .option('--retire-at <time>', 'log: when the old key ends; a day after that', readTime)
    .option('--department <code>', 'request: whose key it is')
    .option('--chain <file>', 'request: the new certificate and its authorities, PEM')
    .action((options: RotateOptions) => runRotate(shell, options))
  withExamples(keys.command('retire'), [
    'keys retire --kind wrapping',
    'keys retire --kind request --id KID',
  ])
    .description('end a request key for ever, or put aside wrapping keys that wrap nothing')
    .addOption(kindOption('wrapping', 'request'))
    .option('--id <kid>', 'request: as keys list prints it')
    .action((options: RetireOptions) => runRetire(shell, options))
}

function kindOption(...kinds: readonly string[]): Option {
  return new Option('--kind <kind>', 'which key').choices(kinds).makeOptionMandatory()
}

async function runList(shell: Shell, department: string | undefined): Promise<void> {
  await withExchange(shell, async (parts) => {
    const { keysFolder } = shell.config()
    const wrapping = await withKeeper(parts, (keeper) => listWrappingKeys(keysFolder, keeper))
    tell(shell, [
      ...(department === undefined ? [...listLogKeys(parts), ...wrapping] : []),
      ...(await listRequestKeys(parts, department)),
    ])
  })
}

interface Rotating {
  readonly shell: Shell
  readonly parts: ExchangeParts
  readonly turn: Turn
  readonly options: RotateOptions
}

const rotations = { log: rotateLog, wrapping: rotateWrapping, request: rotateRequest }

async function runRotate(shell: Shell, options: RotateOptions): Promise<void> {
  await withExchange(shell, (parts) =>
    atTurn(parts, (turn) => rotations[options.kind]({ shell, parts, turn, options })),
  )
}

/** Programs of before would neither know the new keys nor hear of the end of old ones. */
async function atTurn(
  { db, settings: { databaseUrl } }: ExchangeParts,
  work: (turn: Turn) => Promise<void>,
): Promise<void> {
  await refuseOlderPrograms(db, '0004-key-rotation.expand')
  await withTurn(databaseUrl, work)
}

async function rotateLog({ shell, parts, options }: Rotating): Promise<void> {
  const { keysFolder: folder } = shell.config()
  await rotateLogKey({ folder, log: parts.log, db: parts.db, at: shell.clock(), ...options })
  await parts.settings.keys.refresh()
  tell(shell, listLogKeys(parts))
  shell.terminal.note('把 trust.json 分发给依赖方 · hand trust.json to everybody who verifies')
}

async function rotateWrapping({ shell, parts, turn }: Rotating): Promise<void> {
  const { keysFolder: folder } = shell.config()
  let wrapped = 0
  await withKeeper(parts, async (db) => {
    await rotateWrappingKey({
      ...{ folder, db, settled: () => setTimeout(settledMs) },
      done: async (keys) => {
        wrapped += keys
        await turn.keep()
        shell.terminal.progress(`wrapped again: ${wrapped}`, { wrapped })
      },
    })
    tell(shell, await listWrappingKeys(folder, db))
  })
}

async function rotateRequest({ shell, parts, options }: Rotating): Promise<void> {
  const { department, chain } = options
  if (department === undefined || chain === undefined) {
    return refuse('department, chain', 'both, for a request key')
  }
  const pem = await readFile(chain, 'utf8')
  if (pem.length > chainBytesMax) throw new Problem('body-too-large', { limit: chainBytesMax })
  await parts.registry.register(readPem(pem, 'CERTIFICATE'), shell.clock(), department)
  await parts.log.sequence()
  tell(shell, await listRequestKeys(parts, department))
}

async function runRetire(shell: Shell, { kind, id }: RetireOptions): Promise<void> {
  await withExchange(shell, (parts) =>
    atTurn(parts, async () => {
      if (kind === 'wrapping') await retireWrapping(shell, parts)
      else if (id === undefined) refuse('id', 'the key, as keys list prints it')
      else await retireRequest(shell, parts, id)
    }),
  )
}

async function retireWrapping(shell: Shell, parts: ExchangeParts): Promise<void> {
  const { keysFolder: folder } = shell.config()
  await withKeeper(parts, async (db) => {
    const retired = await retireWrappingKeys({ folder, db })
    shell.terminal.answer({ retired }, retired)
  })
  shell.terminal.note(
    '旧备份仍需这些密钥，请离线保存 retired/ · older backups open only with these: keep retired/ offline',
  )
}

async function retireRequest(shell: Shell, parts: ExchangeParts, id: string): Promise<void> {
  await parts.registry.retire(id, shell.clock())
  await parts.log.sequence()
  shell.terminal.answer({ retired: [id] }, [id])
}

function tell({ terminal }: Shell, keys: readonly ListedKey[]): void {
  const rows = keys.map(({ kind, id, state, wraps, ...one }) => {
    const period = [one.from ?? '', one.until ?? ''].join(' – ')
    const about = wraps === undefined ? (one.department ?? '') : `${wraps} data keys`
    return [kind, id, state, about, one.from === undefined ? '' : period]
  })
  terminal.answer({ keys }, columns(rows))
}

function refuse(place: string, expected: string): never {
  throw new Problem('invalid-request', { place, expected })
}
