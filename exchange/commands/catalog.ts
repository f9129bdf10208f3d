/** Checking a catalogue before anybody has to live with it. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import type { Catalogue } from '../../catalogs/catalog.ts'
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
}

function runCheck({ terminal, end }: Shell, folder: string | undefined): void {
  const checked = check(folder)
  if ('findings' in checked) {
    const { findings } = checked
    terminal.answer({ ok: false, findings }, findings)
    terminal.note(`${terminal.paint('red', '✗')} findings: ${findings.length}`)
    end(exit.failed)
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

function check(folder: string | undefined): Catalogue | { readonly findings: readonly string[] } {
  try {
    return folder === undefined ? loadCatalogue() : loadCatalogue(resolve(folder))
  } catch (thrown) {
    const findings = thrown instanceof Problem ? thrown.detail.findings : undefined
    if (!Array.isArray(findings)) throw thrown
    return { findings: findings.map(String) }
  }
}
