/**
 * Regular expressions that people write into the catalogue are run on what strangers send, so only
 * those are accepted whose work is bounded: anchored, no unbounded or nested repetition, no references.
 */

interface Rule {
  readonly fault: string
  readonly isBroken: (source: string, bare: string) => boolean
}

/** `bare` is the source with every escape and every class of characters replaced by one letter. */
const rules: readonly Rule[] = [
  {
    fault: 'does not begin with ^ and end with $',
    isBroken: (source) => !source.startsWith('^') || !source.endsWith('$'),
  },
  { fault: 'is not a regular expression', isBroken: (source) => !compiles(source) },
  {
    fault: 'repeats without a limit (*, + or {1,})',
    isBroken: (_, bare) => /[*+]|,\}/u.test(bare),
  },
  { fault: 'repeats a group', isBroken: (_, bare) => /\)(?:\{|\?)/u.test(bare) },
  { fault: 'refers back to a group', isBroken: (source) => /\\[1-9k]/u.test(source) },
  {
    fault: 'offers alternatives outside a group',
    isBroken: (_, bare) => bare.replace(/\([^()]*\)/gu, 'x').includes('|'),
  },
]

/** What is wrong with the source, or nothing. */
export function expressionFault(source: string): string | undefined {
  const bare = source.replace(/\\./gu, 'x').replace(/\[[^\]]*\]/gu, 'x')
  return rules.find(({ isBroken }) => isBroken(source, bare))?.fault
}

export const expressionRemedy =
  'write ^...$ with limited repetition of single characters, such as {1,64}'

function compiles(source: string): boolean {
  try {
    new RegExp(source, 'u')
    return true
  } catch {
    return false // The engine's own words would only repeat the source.
  }
}
