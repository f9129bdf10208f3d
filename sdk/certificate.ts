/**
 * Certificates for whoever uses this library: one is read (RFC 5280 §4.1), and a path from it to what is
 * trusted is judged (RFC 5280 §6). How stands in `certificate-read.ts` and `certificate-path.ts`.
 */
export { parseCertificate } from './certificate/read.ts'
export type { Certificate } from './certificate/read.ts'
export { validatePath } from './certificate/path.ts'
export type { PathQuestion, PathVerdict } from './certificate/path.ts'
