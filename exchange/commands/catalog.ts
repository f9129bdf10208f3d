/** Checking a catalogue before anybody has to live with it. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { differencesBetween, loadCatalogue } from '../../catalogs/catalog.ts'
import type { Catalogue, Difference } from '../../catalogs/catalog.ts'
import { Problem } from '../../sdk/problem.ts'
import { exit } from './shell.ts'
import type { Shell } from './shell.ts'
import { withExamples } from './words.ts'

export function addCatalogCommands(program: Command, shell: Shell): void {
  const catalog = program.command('catalog').description('the catalogue of licences and resources')
  withExamples(catalog.command('check'), ['catalog check', 'catalog check ./next-catalogue --json'])
    .description('say everything that is wrong with a catalogue: file, place, what to write')
    .argument('[folder]', 'folder of the catalogue; the one of this checkout when left out')
    .action((folder?: string) => {
      runCheck(shell, folder)
    })
  withExamples(catalog.command('diff'), ['catalog diff ./old ./new', 'catalog diff ./old --json'])
    .description('say what became different, and refuse what breaks and is not declared')
    .argument('<old>', 'folder of the catalogue that is in use')
    .argument('[new]', 'folder of the next one; the one of this checkout when left out')
    .action((before: string, after?: string) => {
      runDiff(shell, before, after)
    })
}

function runCheck(shell: Shell, folder: string | undefined): void {
  const { terminal } = shell
  const checked = check(folder)
  if ('findings' in checked) {
    complain(shell, checked.findings)
    return
  }
  const { version, departments, licenceTypes, resources, items, grants } = checked
  const counts = {
    departments: departments.size,
    licenceTypes: licenceTypes.size,
    resources: resources.size,
    items: items.size,
    grants: grants.length,
  }
  const words = Object.entries(counts).map(([what, count]) => `${what} ${count}`)
  terminal.answer({ ok: true, version, ...counts }, [
    `${terminal.paint('green', '✓')} ${version}  ${words.join(', ')}`,
  ])
}

function complain({ terminal, end }: Shell, findings: readonly string[]): void {
  terminal.answer({ ok: false, findings }, findings)
  terminal.note(`${terminal.paint('red', '✗')} findings: ${findings.length}`)
  end(exit.failed)
}

/** Both must be sound: what cannot be loaded cannot be compared. */
function runDiff(shell: Shell, oldFolder: string, newFolder: string | undefined): void {
  const [before, after] = [check(oldFolder), check(newFolder)]
  if ('findings' in before || 'findings' in after) {
    complain(
      shell,
      [before, after].flatMap((one) => ('findings' in one ? one.findings : [])),
    )
    return
  }
  const { terminal, end } = shell
  const differences = differencesBetween(before, after)
  const isOk = differences.every(({ kind }) => kind !== 'breaking')
  terminal.answer(
    { ok: isOk, before: before.version, after: after.version, differences },
    differences.map((one) => differenceLine(shell, one)),
  )
  const counts = (['breaking', 'declared', 'compatible'] as const).map(
    (kind) => `${kind} ${differences.filter((one) => one.kind === kind).length}`,
  )
  const mark = isOk ? terminal.paint('green', '✓') : terminal.paint('red', '✗')
  terminal.note(`${mark} ${before.version} → ${after.version}: ${counts.join(', ')}`)
  if (isOk) return
  terminal.note(
    '未声明的不兼容变更 · what breaks must be declared: breaks: [{ change, reason, from }]',
  )
  end(exit.failed)
}

const colours = { breaking: 'red', declared: 'yellow', compatible: 'green' } as const

function differenceLine({ terminal }: Shell, { kind, ...one }: Difference): string {
  const version = one.version === undefined ? '' : ` v${one.version}`
  const reason = one.reason ? ` (${one.reason.zh} · ${one.reason.en})` : ''
  const mark = terminal.paint(colours[kind], kind.padEnd(10))
  return `${mark} ${one.file}${version}: ${one.change}: ${one.zh} · ${one.en}${reason}`
}

function check(folder: string | undefined): Catalogue | { readonly findings: readonly string[] } {
  try {
    return folder === undefined ? loadCatalogue() : loadCatalogue(resolve(folder))
  } catch (thrown) {
    const findings = thrown instanceof Problem ? thrown.detail.findings : undefined
    if (!Array.isArray(findings)) throw thrown
    return { findings: findings.map(String) }
  }
}
