/** Names of the generated schema, made from codes of the catalogue. */

/** `businessLicence` → `BusinessLicence` */
export function typeName(code: string): string {
  return code.charAt(0).toUpperCase() + code.slice(1)
}
