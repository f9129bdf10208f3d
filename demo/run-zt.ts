/** Runs the command line as a person would, in a process of its own. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { WorldSettings } from './world.ts'

const zt = join(import.meta.dirname, '../exchange/zt.ts')

export async function runZt(
  args: readonly string[],
  { databaseUrl, exchangeId, keysFolder }: WorldSettings,
): Promise<{ output: string; exitCode: number | null }> {
  const child = spawn(process.execPath, [zt, ...args], {
    env: {
      ...process.env,
      ...{ DATABASE_URL: databaseUrl, EXCHANGE_ID: exchangeId, KEYS_FOLDER: keysFolder },
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { output: Buffer.concat(chunks).toString('utf8'), exitCode }
}
