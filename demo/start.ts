/**
 * `npm start` and `npm run demo`: everything up with sample data, the main job told once on the
 * terminal, then serving, or with `--once` the end.
 */
import { parseArgs } from 'node:util'
import { createDatabase, dropDatabase } from '../db/database.ts'
import { readConfig } from '../exchange/config.ts'
import type { Config } from '../exchange/config.ts'
import { openLocalDatabase } from '../exchange/local.ts'
import { interruption } from '../exchange/running/signals.ts'
import { Problem, problemFrom, problems } from '../sdk/problem.ts'
import { dropDepartments } from './departments.ts'
import { createNarrator } from './narrator.ts'
import { tellStock } from './stock.ts'
import { tellStory } from './story.ts'
import { openWorld } from './world.ts'
import type { World } from './world.ts'

const { values: options } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    story: { type: 'boolean', default: false },
    stock: { type: 'string' },
    company: { type: 'string' },
  },
})

const begun = performance.now()
const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

async function main(): Promise<void> {
  say('证通 Zhengtong — 电子证照库与政务数据共享交换 · electronic-licence vault and data exchange')
  say('仅含虚构的示例数据，开发密钥不可信任 · sample data only, development keys, do not trust\n')
  const config = readConfig(process.env)
  // The sample world is made of development keys; production starts with `zt serve`.
  if (config.production) throw new Problem('development-keys', { setting: 'NODE_ENV' })
  const database = config.databaseUrl === undefined ? 'embedded PostgreSQL' : 'DATABASE_URL'
  say(`环境 · Node ${process.version}, ${database}, keys in ${config.keysFolder}`)
  const local = await openLocalDatabase(config, say)
  const cleanups: (() => Promise<void>)[] = [() => local.stop()]
  const stop = async (): Promise<void> => {
    for (let next = cleanups.pop(); next; next = cleanups.pop()) await next()
  }
  try {
    const databaseUrl = options.once ? await throwaway(local.url, cleanups) : local.url
    const { exchangeId, keysFolder, host, logLevel } = config
    const port = options.once ? 0 : config.port
    const { metricsPort, tls } = config
    const clock = (): Date => new Date()
    const world = await openWorld({
      ...{ databaseUrl, exchangeId, keysFolder, host, port, logLevel, clock, report: say },
      tls,
      ...(options.once ? {} : { metricsPort }),
    })
    cleanups.push(() => world.close())
    await tell(world)
    if (options.once) await stop()
    else await serveUntilStopped(world, config, stop)
  } catch (thrown) {
    await stop()
    throw thrown
  }
}

/** The demo starts from nothing each time and leaves nothing. */
async function throwaway(url: string, cleanups: (() => Promise<void>)[]): Promise<string> {
  const name = 'zhengtong_demo'
  const drop = async (): Promise<void> => {
    await dropDepartments(url, name)
    await dropDatabase(url, name)
  }
  await drop()
  cleanups.push(drop)
  return createDatabase(url, name)
}

async function tell(world: World): Promise<void> {
  const narrator = createNarrator(process.stdout)
  const { stock, company } = options
  if (stock !== undefined) {
    await tellStory(world, narrator, await tellStock(world, { file: stock, company, say }))
  } else if (options.once || options.story || !(await storyWasTold(world))) {
    await tellStory(world, narrator)
  }
}

/** The story opens a case; a database with cases has heard it. */
async function storyWasTold({ exchange: { log } }: World): Promise<boolean> {
  return (await log.search({ kind: 'case-opened' }, { first: 1 })).length > 0
}

async function serveUntilStopped(
  { serving }: World,
  { port, drainMs }: Config,
  stop: () => Promise<void>,
): Promise<void> {
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  const wanted = new URL(serving.url).port === String(port)
  process.stdout.write(
    [
      '',
      `已就绪 ready in ${seconds} s: ${serving.url}${wanted ? '' : `（端口 ${port} 被占用 port ${port} is busy）`}`,
      '',
      `  curl -s ${serving.url}/readyz`,
      `  curl -s ${serving.url}/log/checkpoint`,
      `  npm run zt -- audit search --first 5`,
      `  npm run zt -- audit verify`,
      `  npm run zt -- grant explain --department meilanMarket --resource businessLicence --field registeredCapital --item foodBusinessPermitNew`,
      '',
      '按 Ctrl-C 停止 · Ctrl-C stops everything it started',
      '',
    ].join('\n'),
  )
  await interruption({
    once: (signal, heard) => process.once(signal, heard),
    exit: (status) => process.exit(status),
  })
  say('正在停止 · stopping')
  await serving.drain(drainMs)
  await stop()
}

try {
  await main()
} catch (thrown) {
  const problem = problemFrom(thrown)
  const { zh, en, remedy } = problems[problem.code]
  const facts = problem.code === 'internal' ? String(problem.cause) : JSON.stringify(problem.detail)
  say(`\n失败 failed: ${problem.code} · ${zh} · ${en}\n${facts}\n${remedy}`)
  process.exitCode = 1
}
