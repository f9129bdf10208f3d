/** What there is of each kind of key, as `zt keys list` shows it. Nothing here is a secret. */
import { createHash } from 'node:crypto'
import type { Db } from '../../db/postgres.ts'
import { hadNotEnded, spkiText } from '../../sdk/log-key.ts'
import type { WrappingKey } from '../../vault/index.ts'
import type { ExchangeParts } from '../exchange.ts'
import { readWrappingKeys } from '../keys/key-folder.ts'
import { countUses, nameOf, nextWrappingId } from './wrapping-key.ts'

export interface ListedKey {
  readonly kind: 'log' | 'wrapping' | 'request'
  readonly id: string
  readonly state: string
  readonly department?: string
  readonly from?: string
  readonly until?: string
  /** Data keys that it wraps. */
  readonly wraps?: number
}

export function listLogKeys({ settings: { keys, clock } }: ExchangeParts): ListedKey[] {
  const at = clock()
  return keys.logKeys.map(({ privateKey, ...key }) => {
    const state = at < key.from ? 'next' : hadNotEnded(key, at) ? 'signs' : 'ended'
    return {
      kind: 'log',
      id: createHash('sha256').update(spkiText(key.key)).digest('hex').slice(0, 12),
      state: state !== 'ended' && !privateKey ? `${state}, not here` : state,
      from: key.from.toISOString(),
      ...(key.until ? { until: key.until.toISOString() } : {}),
    }
  })
}

/** Also keys that are not in the folder and still wrap something. */
export async function listWrappingKeys(folder: string, keeper: Db): Promise<ListedKey[]> {
  const { active, others } = await readWrappingKeys(folder)
  const next = await nextWrappingId(folder)
  const uses = await countUses(keeper)
  const held: WrappingKey[] = [active, ...others]
  const ids = [...new Set([...held.map(({ id }) => id), ...uses.keys()])]
  return ids.map((id) => {
    const state = held.some((one) => one.id === id) ? 'unwraps' : 'missing'
    return {
      kind: 'wrapping',
      id: nameOf(id),
      state: id === active.id ? 'wraps' : id === next ? 'next' : state,
      wraps: uses.get(id) ?? 0,
    }
  })
}

export async function listRequestKeys(
  { registry, settings: { clock } }: ExchangeParts,
  department: string | undefined,
): Promise<ListedKey[]> {
  const keys = await registry.list(department, clock())
  return keys.map(({ kid, from, until, ...key }) => ({
    ...{ kind: 'request', id: kid, state: key.state, department: key.department },
    ...{ from: from.toISOString(), until: until.toISOString() },
  }))
}
