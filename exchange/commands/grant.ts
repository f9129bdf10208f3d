/** Listing what has been granted to whom, and explaining what one department may have. */
import type { Command } from 'commander'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import type { Grant } from '../../catalogs/catalog.ts'
import { Problem } from '../../sdk/problem.ts'
import { explain } from './grant-explanation.ts'
import type { Question } from './grant-explanation.ts'
import { exit } from './shell.ts'
import type { Shell } from './shell.ts'
import { columns, withExamples } from './words.ts'

export function addGrantCommands(program: Command, shell: Shell): void {
  const grant = program.command('grant').description('who may have what, for which service item')
  withExamples(grant.command('list'), ['grant list', 'grant list meilanMarket --json'])
    .description('the grants of the catalogue')
    .argument('[department]', 'only those given to this department')
    .action((department?: string) => {
      runList(shell, department)
    })
  withExamples(grant.command('explain'), [
    'grant explain --department meilanMarket --resource populationRegistry --field identityMatches --item foodBusinessPermitNew',
  ])
    .description('which rule allows or refuses one field, the grant, and who can give it')
    .requiredOption('--department <code>', 'who would ask')
    .requiredOption('--resource <code>', 'a resource or a licence type')
    .requiredOption('--field <code>', 'a field or a predicate of it')
    .requiredOption('--item <code>', 'the service item of the case')
    .action((question: Question) => {
      runExplain(shell, question)
    })
}

function runList({ terminal }: Shell, department: string | undefined): void {
  const { departments, grants, grantsOf } = loadCatalogue()
  if (department !== undefined && !departments.has(department)) {
    throw new Problem('invalid-request', {
      ...{ place: 'department', expected: [...departments.keys()].join(', ') },
    })
  }
  const found = department === undefined ? grants : grantsOf(department)
  terminal.answer(found.map(viewOf), columns(found.map(rowOf)))
}

function viewOf({ code, department, resource, fields, items, from, until }: Grant) {
  return { code, department, resource, fields, items, from, until }
}

function rowOf({ code, department, resource, fields, items, from, until }: Grant): string[] {
  return [code, department, resource, fields.join(','), items.join(','), `${from} – ${until}`]
}

function runExplain({ terminal, clock, end }: Shell, question: Question): void {
  const explanation = explain(question, loadCatalogue(), clock())
  const { allowed, steps, lines, ...value } = explanation
  const mark = { held: '✓', supposed: '·', refused: '✗' } as const
  const colour = { held: 'green', supposed: 'dim', refused: 'red' } as const
  terminal.answer({ allowed, ...value }, [
    ...steps.map(({ rule, outcome }) => {
      const addition = outcome === 'supposed' ? '  (supposed)' : ''
      return `${terminal.paint(colour[outcome], mark[outcome])} ${rule}${addition}`
    }),
    allowed ? terminal.paint('green', '允许 · allowed') : terminal.paint('red', '拒绝 · refused'),
    ...lines.map((line) => `  ${line}`),
  ])
  terminal.note(
    'supposed: an open case of this item, with the person or company asked about as a party',
  )
  if (!allowed) end(exit.failed)
}
