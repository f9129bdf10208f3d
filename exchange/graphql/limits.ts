/**
 * How much one operation may ask, checked on the parsed document before anything is planned. The
 * walk follows fragments as an execution would and stops at the first limit it meets, so documents
 * built to explode cost no more than the limit.
 */
import { Kind } from 'graphql'
import type { DocumentNode, FieldNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql'
import { Problem } from '../../sdk/problem.ts'

export const queryLimits = {
  tokens: 1_000,
  depth: 8,
  aliases: 15,
  directives: 10,
  rootFields: 5,
  fragments: 20,
  cost: 5_000,
} as const

/** How many elements a list field may bring, for the cost of what is selected below it. */
const listSizes: Readonly<Record<string, number>> = {
  licences: 20,
  materials: 20,
  entries: 50,
  grants: 50,
}

interface Walk {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly found: { cost: number; aliases: number; directives: number }
}

/** @throws Problem query-too-complex with the limit and what was found */
export function checkLimits(document: DocumentNode): void {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
  check('fragments', fragments.length)
  const walk: Walk = {
    fragments: new Map(
      (fragments as FragmentDefinitionNode[]).map((fragment) => [fragment.name.value, fragment]),
    ),
    found: { cost: 0, aliases: 0, directives: 0 },
  }
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    check('rootFields', countFields(definition.selectionSet, walk))
    visit(definition.selectionSet, walk, { depth: 1, weight: 1 })
  }
}

function visit(
  set: SelectionSetNode,
  walk: Walk,
  at: { readonly depth: number; readonly weight: number },
): void {
  check('depth', at.depth)
  for (const node of set.selections) {
    count(walk, 'directives', node.directives?.length ?? 0)
    if (node.kind === Kind.FIELD) visitField(node, walk, at)
    else if (node.kind === Kind.INLINE_FRAGMENT) visit(node.selectionSet, walk, at)
    else {
      const fragment = walk.fragments.get(node.name.value)
      if (fragment) visit(fragment.selectionSet, walk, at)
    }
  }
}

function visitField(
  node: FieldNode,
  walk: Walk,
  { depth, weight }: { readonly depth: number; readonly weight: number },
): void {
  count(walk, 'cost', weight)
  if (node.alias) count(walk, 'aliases', 1)
  if (!node.selectionSet) return
  const size = listSizes[node.name.value] ?? 1
  visit(node.selectionSet, walk, { depth: depth + 1, weight: weight * size })
}

function countFields(set: SelectionSetNode, walk: Walk): number {
  let fields = 0
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) fields += 1
    else if (node.kind === Kind.INLINE_FRAGMENT) fields += countFields(node.selectionSet, walk)
    else {
      const fragment = walk.fragments.get(node.name.value)
      if (fragment) fields += countFields(fragment.selectionSet, walk)
    }
    check('rootFields', fields)
  }
  return fields
}

function count(walk: Walk, what: keyof Walk['found'], amount: number): void {
  walk.found[what] += amount
  check(what, walk.found[what])
}

function check(what: keyof typeof queryLimits, found: number): void {
  const limit = queryLimits[what]
  if (found > limit) throw new Problem('query-too-complex', { what, limit, found })
}
