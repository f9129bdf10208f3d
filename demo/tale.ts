/** What every step of the story shares: who speaks, about whom, and how a step judges the product. */
import type { Client } from '../sdk/client.ts'
import type { Narrator } from './narrator.ts'
import type { Company } from './sample.ts'
import type { World } from './world.ts'

export interface Tale {
  readonly world: World
  readonly narrator: Narrator
  readonly company: Company
  /** The department that issued the company's business licence. */
  readonly issuer: string
  readonly caseNumber: string
  readonly purpose: { readonly item: string; readonly case: string; readonly basis: string }
  /** The system of the window in Meilan district. */
  readonly window: Client
}

/** A step's own judgement: the story ends where the product breaks its word. */
export function mustBe(condition: boolean, expectation: string): asserts condition {
  if (!condition) throw new Error(`the story failed: ${expectation}`)
}

export function short(text: string): string {
  return text.length <= 16 ? text : `${text.slice(0, 8)}…${text.slice(-6)}`
}
