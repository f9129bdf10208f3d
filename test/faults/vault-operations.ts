/** What departments ask of the vault over HTTP, and what is done with it in the process itself. */
import { join } from 'node:path'
import { businessLicence, fictitiousCompany } from '../../demo/sample.ts'
import type { JsonObject } from '../../sdk/json.ts'
import type { Draft } from '../../vault/index.ts'
import { sealAtHome } from '../own-seal.ts'
import type { Forged, TestWorld } from '../world.ts'
import { actName } from './ledger.ts'
import type { Effect } from './ledger.ts'
import { registerText, writeRegister } from './register.ts'
import { afterAges, called, caseOf, opening, signed } from './trying.ts'
import type { Operation, Prepare, Scene, Tried } from './trying.ts'

const issuer = { department: 'haikouMarket' } as const

/** Each has a row in exchange/http. */
export function deskOperations(scene: Scene): Record<string, Prepare> {
  return { ...issuing(scene), ...reading(scene) }
}

function post(
  world: TestWorld,
  what: string,
  { body, ...forged }: { readonly path: string; readonly body: unknown } & Omit<Forged, 'body'>,
  effectOf?: (told: JsonObject) => Effect,
): Operation {
  return signed(world, what, { ...forged, body: JSON.stringify(body) }, effectOf)
}

/** As the issuer hands it in. */
function ownDraft(n: number): Omit<Draft, 'issuer' | 'grade'> {
  const whole = businessLicence(fictitiousCompany(n))
  const { type, division, licenceNo, holders, items, validFrom, validUntil } = whole
  return { type, division, licenceNo, holders, items, validFrom, validUntil }
}

function licence({ licenceId: id }: JsonObject): Effect {
  if (typeof id !== 'string') throw new Error('the answer names no licence')
  return { kind: 'licence', id }
}

function issuing({ world, licenceId }: Scene): Record<string, Prepare> {
  const { vault } = world.world.exchange
  const issued = async (n: number): Promise<string> =>
    (await vault.issue(businessLicence(fictitiousCompany(n)))).licenceId
  /** Codes are good for minutes, and a case of the sweep comes ages after it was made ready. */
  const shownLater = async (id: string): Promise<string> => {
    const { now } = world.clock
    world.clock.now = afterAges(world)
    const { code } = await vault.show({ ...issuer, officer: '0731', licenceId: id, minutes: 5 })
    world.clock.now = now
    return code
  }
  return {
    'POST /vault/licences': (n) =>
      post(world, `draft ${n}`, { ...issuer, path: '/vault/licences', body: ownDraft(n) }, licence),
    'POST /vault/licences/:licenceId/acts': async (n) => {
      const path = `/vault/licences/${await issued(n)}/acts`
      const body = { act: 'revoke', reason: 'obtained-by-fraud' }
      return post(world, `revoke ${n}`, { ...issuer, path, body }, (told) => ({
        kind: 'act',
        id: actName(told),
      }))
    },
    'POST /vault/licences/:licenceId/versions': async (n) => {
      const path = `/vault/licences/${await issued(n)}/versions`
      const draft = ownDraft(n)
      const items = { ...draft.items, address: '海口市美兰区海甸岛（示例）五西路9号' }
      const body = { act: 'change', reason: 'data-changed', draft: { ...draft, items } }
      return post(world, `version ${n}`, { ...issuer, path, body }, licence)
    },
    'POST /vault/places': (n) =>
      post(world, `places ${n}`, { ...issuer, path: '/vault/places', body: { count: 2 } }),
    'POST /vault/documents': async (n) =>
      post(
        world,
        `document ${n}`,
        { ...issuer, path: '/vault/documents', body: await handedIn(world, n) },
        licence,
      ),
    'POST /vault/imports': (n) => {
      const body = { type: 'businessLicence', text: registerText(n) }
      const path = '/vault/imports'
      return post(world, `portion ${n}`, { department: 'meilanMarket', path, body })
    },
    'POST /vault/licences/:licenceId/show-codes': async (n) => {
      const path = `/vault/licences/${await issued(n)}/show-codes`
      return post(world, `show ${n}`, { ...issuer, path, body: { minutes: 5 } })
    },
    'POST /vault/licences/:licenceId/copies': (n) => {
      const path = `/vault/licences/${licenceId}/copies`
      const expires = new Date(afterAges(world).getTime() + 86_400_000).toISOString()
      const body = { purpose: '办理食品经营许可', case: `HK-${n}`, expires }
      return post(world, `copy ${n}`, { ...issuer, path, body })
    },
    'POST /vault/scans': async (n) => {
      const code = await shownLater(await issued(n))
      return post(world, `scan ${n}`, { path: '/vault/scans', body: { code } })
    },
  }
}

/** What a department makes on its own premises, with the sdk alone. */
export async function handedIn({ world, clock }: TestWorld, n: number) {
  const draft = businessLicence(fictitiousCompany(n))
  const { division, licenceNo, holders } = draft
  const [place] = await world.exchange.vault.reservePlaces({ ...issuer, count: 1 })
  if (!place) throw new Error('the vault has places')
  const { keysFolder } = world.settings
  return {
    document: await sealAtHome(draft, { place, keysFolder, at: clock.now }),
    division,
    licenceNo,
    holders,
  }
}

function reading({ world, folder, licenceId, before }: Scene): Record<string, Prepare> {
  const { vault } = world.world.exchange
  const get = (n: number, path: string, forged: Forged = issuer): Operation =>
    signed(world, `read ${n}`, { ...forged, method: 'GET', path })
  let imported: Promise<{ readonly runId: string; readonly department: string }> | undefined
  const anImport = async () => {
    const path = join(folder, 'read.csv')
    await writeRegister(path, 0)
    const { runId } = await vault.importLicences({ path, type: 'businessLicence' })
    const [department = 'none'] = Object.keys((await vault.importStatus(runId)).inVault.byIssuer)
    return { runId, department }
  }
  const ofImport = async (n: number, rest = ''): Promise<Operation> => {
    imported ??= anImport()
    const { runId, department } = await imported
    return get(n, `/vault/imports/${runId}${rest}`, { department })
  }
  return {
    'GET /vault/licences/:licenceId': (n) => get(n, `/vault/licences/${licenceId}`),
    'GET /vault/imports/:runId': (n) => ofImport(n),
    'GET /vault/imports/:runId/errors': (n) => ofImport(n, '/errors'),
    'GET /vault/imports/:runId/errors.csv': (n) => ofImport(n, '/errors.csv'),
    'POST /vault/search': (n) =>
      post(world, `search ${n}`, { ...issuer, path: '/vault/search', body: { first: 5 } }),
    'POST /vault/statistics': (n) => {
      const body = { by: ['state'], from: '2026-01', to: '2026-12' }
      return post(world, `count ${n}`, { ...issuer, path: '/vault/statistics', body })
    },
    // About another holder each time: who asks often about one is stopped.
    'POST /vault/verify-fields': async (n) => {
      await before(opening(world, n))
      const { name, uscc } = fictitiousCompany(n)
      await vault.issue(businessLicence({ name, uscc }))
      const holder = { codeType: '001', code: uscc }
      const body = { type: 'businessLicence', holder, items: { name } }
      const path = '/vault/verify-fields'
      return post(world, `fields ${n}`, { path, body, purpose: caseOf(n) })
    },
  }
}

/** What is called in the process, by us and by operators. */
export function vaultOperations({ world, folder, before }: Scene): Record<string, Prepare> {
  const { vault, log } = world.world.exchange
  return {
    'vault.issue': (n) => ({
      key: `issue ${n}`,
      go: () =>
        called(async () => {
          const { licenceId } = await vault.issue(businessLicence(fictitiousCompany(n)))
          return { effect: { kind: 'licence', id: licenceId } }
        }),
    }),
    'vault.import': async (n) => {
      const path = join(folder, `${n}.csv`)
      await writeRegister(path, n)
      const go = (): Promise<Tried> =>
        called(async () => {
          const totals = await vault.importLicences({ path, type: 'businessLicence' })
          if (totals.issued + totals.existing !== 2) throw new Error('rows were lost')
          return {}
        })
      return { key: `import ${n}`, go }
    },
    'log.sequence': async (n) => {
      await before(signed(world, `before ${n}`, { body: '{"query":"{ grants { code } }"}' }))
      return {
        key: `sequence ${n}`,
        go: () => called(() => log.sequence().then(() => ({}))),
      }
    },
  }
}
