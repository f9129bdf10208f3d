/** Codes that must be unique across files, names that are taken, and one spelling for each law. */
import type { Draft } from '../draft.ts'
import { finding } from '../finding.ts'
import type { Finding, Steps } from '../finding.ts'

/**
 * Words of the fixed part of the GraphQL schema, in small letters: a resource or licence type becomes
 * a root field and, with a capital, a type beside them.
 */
const taken: readonly string[] = [
  ...['query', 'mutation', 'subscription', 'string', 'int', 'float', 'boolean', 'id'],
  ...['licence', 'licences', 'licenceanswer', 'materials', 'material', 'materialplan', 'source'],
  ...['case', 'caseinput', 'partyinput', 'holderinput', 'grant', 'grants', 'label', 'namedvalue'],
  ...['audit', 'auditpage', 'auditentry', 'auditfilter', 'application', 'applications'],
  ...['applicationinput', 'date', 'json'],
]

/** Licence types and resources are granted by the same code, so they share one space of names. */
export function* proveShareableNames(draft: Draft): Generator<Finding> {
  const seen = new Map<string, string>()
  for (const folder of ['licence-types', 'resources'] as const) {
    const things = folder === 'resources' ? draft.resources : draft.types
    for (const code of things.keys()) {
      const file = `${folder}/${code}.json`
      const spelling = code.toLowerCase()
      const twin = seen.get(spelling)
      seen.set(spelling, file)
      if (twin === undefined && !taken.includes(spelling) && !(code in Object.prototype)) continue
      yield finding(file, ['code'], {
        what: twin === undefined ? `${code} is a word of the API` : `${code} is taken by ${twin}`,
        remedy: 'choose a code that differs in more than its capitals from every other',
      })
    }
  }
}

export function* proveGrantNames(draft: Draft): Generator<Finding> {
  const seen = new Map<string, string>()
  for (const [department, { grants }] of draft.grants) {
    const file = `grants/${department}.json`
    for (const [index, { code }] of grants.entries()) {
      const twin = seen.get(code)
      if (twin !== undefined) {
        yield finding(file, ['grants', index, 'code'], {
          what: `${code} is already a grant in ${twin}`,
          remedy: 'give each grant a code of its own: the log names grants by it',
        })
      }
      seen.set(code, file)
    }
  }
}

interface Citation {
  readonly law: { readonly zh: string; readonly en: string }
  readonly rank: string
}

/** One law under two English titles, or two ranks, would be two laws to whoever searches the log. */
export function* proveCitations(draft: Draft): Generator<Finding> {
  const seen = new Map<string, Citation & { readonly file: string }>()
  for (const { file, steps, citation } of citations(draft)) {
    const { law, rank } = citation
    const first = seen.get(law.zh)
    if (!first) seen.set(law.zh, { law, rank, file })
    else if (first.law.en !== law.en || first.rank !== rank) {
      yield finding(file, [...steps, first.rank === rank ? 'law' : 'rank'], {
        what: `${law.zh} is cited with another title or rank in ${first.file}`,
        remedy: `write ${first.law.en}, ${first.rank}, in both`,
      })
    }
  }
}

interface Cited {
  readonly file: string
  readonly steps: Steps
  readonly citation: Citation
}

function* citations(draft: Draft): Generator<Cited> {
  const folders = [
    ['licence-types', draft.types],
    ['purposes', draft.purposes],
    ['resources', draft.resources],
    ['services', draft.services],
    ['grants', draft.grants],
  ] as const
  for (const [folder, files] of folders) {
    for (const [name, content] of files) yield* within(`${folder}/${name}.json`, [], content)
  }
}

function* within(file: string, steps: Steps, value: unknown): Generator<Cited> {
  if (typeof value !== 'object' || value === null) return
  if (isCitation(value)) yield { file, steps, citation: value }
  const members = Array.isArray(value) ? value.entries() : Object.entries(value)
  for (const [name, inner] of members) yield* within(file, [...steps, name], inner)
}

function isCitation(value: object): value is Citation {
  return 'law' in value && 'rank' in value
}
