/** What is wrong with the catalogue, said so that whoever wrote the line can mend it. */

export interface Finding {
  /** Relative to the catalogue's folder, with forward slashes. */
  readonly file: string
  /** Where in the file, such as `$.fields[2].level`. */
  readonly path: string
  readonly what: string
  readonly remedy: string
}

export type Steps = readonly (string | number)[]

export function finding(
  file: string,
  steps: Steps,
  said: { readonly what: string; readonly remedy: string },
): Finding {
  return { file, path: pathOf(steps), ...said }
}

export function lineOf(found: Finding): string {
  return `${found.file} ${found.path}: ${found.what}; ${found.remedy}`
}

function pathOf(steps: Steps): string {
  const written = steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
  return `$${written.join('')}`
}
