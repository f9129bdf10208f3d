/**
 * Which fields an operation really selects: fragments followed, `@skip` and `@include` evaluated.
 * The gate judges these, so nothing can hide in a fragment, an alias or a condition.
 */
import { getDirectiveValues, GraphQLIncludeDirective, GraphQLSkipDirective, Kind } from 'graphql'
import type { FieldNode, FragmentDefinitionNode, SelectionNode, SelectionSetNode } from 'graphql'

export interface Selecting {
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>
  readonly variables: Readonly<Record<string, unknown>>
}

export interface Selected {
  readonly field: FieldNode
  /** The type a fragment narrowed to, if any; a selection outside fragments applies to every type. */
  readonly on: string | undefined
}

/** Recursion ends because the document was validated: fragments do not form cycles. */
export function selectedFields(
  set: SelectionSetNode | undefined,
  selecting: Selecting,
  on?: string,
): Selected[] {
  return (set?.selections ?? []).flatMap((node) =>
    isIncluded(node, selecting) ? expand(node, selecting, on) : [],
  )
}

export function responseKey({ alias, name }: FieldNode): string {
  return alias?.value ?? name.value
}

function expand(node: SelectionNode, selecting: Selecting, on: string | undefined): Selected[] {
  switch (node.kind) {
    case Kind.FIELD:
      return [{ field: node, on }]
    case Kind.INLINE_FRAGMENT:
      return selectedFields(node.selectionSet, selecting, node.typeCondition?.name.value ?? on)
    case Kind.FRAGMENT_SPREAD: {
      const fragment = selecting.fragments[node.name.value]
      return selectedFields(fragment?.selectionSet, selecting, fragment?.typeCondition.name.value)
    }
  }
}

function isIncluded(node: SelectionNode, { variables }: Selecting): boolean {
  const skip = getDirectiveValues(GraphQLSkipDirective, node, variables)
  const include = getDirectiveValues(GraphQLIncludeDirective, node, variables)
  return skip?.['if'] !== true && include?.['if'] !== false
}
