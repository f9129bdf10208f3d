/** What everyone is told of a kind of problem, whatever its cause in detail. */
export interface ProblemTitle {
  readonly zh: string
  readonly en: string
  /** What to do about it. */
  readonly remedy: string
}
