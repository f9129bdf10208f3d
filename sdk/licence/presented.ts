/**
 * The forms in which a licence is handed over: compact (RFC 9901 §4), flattened JSON (§8), the JAdES
 * envelope over its signature (ETSI TS 119 182-1), or any of them inside other JSON, such as the answer
 * of an exchange. Which one it is, and not whether any of it is true: that is `licence.ts`.
 */
import { isJsonObject, parseJson } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'
import { Problem } from '../problem.ts'

export interface PresentedLicence {
  /** For `verifyLicence`. */
  readonly document: string
  /** The JAdES envelope it came in, which is evidence too. */
  readonly envelope?: string
}

/** As large as an answer of an exchange, or an envelope, may be. */
export const presentedLimits = { length: 8_388_608, depth: 32, membersPerObject: 1_000 } as const

/**
 * The one licence in a text.
 * @throws Problem invalid-json, invalid-licence-document
 */
export function readPresented(text: string): PresentedLicence {
  if (text.length > presentedLimits.length) refuse('length', { limit: presentedLimits.length })
  const trimmed = text.trim()
  if (trimmed === '') refuse('empty')
  if (!/^[[{]/.test(trimmed)) {
    // A compact document is one line; of two we would have to choose one.
    return /\s/.test(trimmed) ? refuse('several-lines') : { document: trimmed }
  }
  const json = parseJson(trimmed, { ...presentedLimits, stringLength: presentedLimits.length })
  const [found, another] = licencesIn(json, '$')
  if (!found) return refuse('no-licence')
  if (another) return refuse('several-licences', { places: [found.place, another.place] })
  return found.licence
}

interface Found {
  readonly place: string
  readonly licence: PresentedLicence
}

function licencesIn(json: Json, place: string): readonly Found[] {
  if (Array.isArray(json)) {
    const list = json as readonly Json[] // Array.isArray does not narrow to a read-only array.
    return list.flatMap((one, i) => licencesIn(one, `${place}[${i}]`))
  }
  if (!isJsonObject(json)) return []
  if (['payload', 'protected', 'signature'].every((name) => typeof json[name] === 'string')) {
    return [{ place, licence: flattened(json) }]
  }
  return Object.entries(json).flatMap(([name, value = null]) =>
    name === 'document' && typeof value === 'string'
      ? [{ place: `${place}.document`, licence: { document: value } }]
      : licencesIn(value, `${place}.${name}`),
  )
}

/** The unsigned header holds the disclosures of the one form and the evidence of the other. */
function flattened(form: JsonObject): PresentedLicence {
  const { header = {}, ...signed } = form
  if (!isJsonObject(header)) return { document: JSON.stringify(form) }
  const { etsiU, ...shown } = header
  const document = JSON.stringify({ ...signed, header: shown })
  if (form['header'] !== undefined && etsiU === undefined) return { document }
  const evidence = etsiU === undefined ? {} : { header: { etsiU } }
  return { document, envelope: JSON.stringify({ ...signed, ...evidence }) }
}

function refuse(rule: string, detail: Problem['detail'] = {}): never {
  throw new Problem('invalid-licence-document', { rule, ...detail })
}
