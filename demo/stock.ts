/** `--stock FILE --company USCC`: imports real registrations first, then tells the story of one. */
import { readLicence } from '../sdk/licence/document.ts'
import { Problem } from '../sdk/problem.ts'
import type { Company } from './sample.ts'
import type { World } from './world.ts'

export async function tellStock(
  { exchange: { vault, log }, settings }: World,
  {
    file,
    company,
    say,
  }: {
    readonly file: string
    readonly company: string | undefined
    readonly say: (line: string) => void
  },
): Promise<{ company: Company; issuer: string }> {
  if (company === undefined) {
    throw new Problem('invalid-config', {
      setting: '--company',
      expected: 'the USCC of a company in the file',
    })
  }
  const totals = await vault.importLicences({ path: file, type: 'businessLicence' })
  const { rows, issued, existing, quarantined, byIssuer, byRule, millis } = totals
  const speed = Math.round((rows * 1000) / millis)
  say(`\n已导入 imported ${rows} rows in ${(millis / 1000).toFixed(1)} s (${speed} rows/s)`)
  say(`  签发 issued ${issued} · 已在库 existing ${existing} · 隔离 quarantined ${quarantined}`)
  say(`  按发证机关 by issuer ${JSON.stringify(byIssuer)}`)
  if (quarantined > 0) say(`  按原因 by rule ${JSON.stringify(byRule)}`)
  await log.sequence()
  const holder = { codeType: '001', code: company }
  const [licence] = await vault.findByHolder(
    { holder, types: ['businessLicence'] },
    settings.clock(),
  )
  if (!licence) throw new Problem('unknown-licence', { company })
  const name = readLicence(licence.document).items.get('name')
  return {
    company: { uscc: company, name: typeof name === 'string' ? name : company },
    issuer: licence.issuer,
  }
}
