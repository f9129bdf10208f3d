/** How a command that failed says so: the exit status for each problem code, and the words. */
import { isOfFile } from '../../db/postgres.ts'
import { Problem, problemFrom, problems } from '../../sdk/problem.ts'
import type { ProblemCode } from '../../sdk/problem.ts'
import { exit } from './shell.ts'
import type { ExitStatus } from './shell.ts'
import type { Terminal } from './terminal.ts'

/** The one table from problem codes to exit statuses. A code that is not written here is a 1. */
const statuses: Partial<Record<ProblemCode, ExitStatus>> = {
  'audit-unavailable': exit.unavailable,
  'backup-damaged': exit.failed,
  'backup-target': exit.unsafe,
  'changed-migration': exit.unsafe,
  'database-not-migrated': exit.unavailable,
  'database-start-failed': exit.unavailable,
  'database-unavailable': exit.unavailable,
  'development-keys': exit.unsafe,
  'foreign-log': exit.unsafe,
  'invalid-config': exit.usage,
  'invalid-encoding': exit.usage,
  'invalid-import-file': exit.usage,
  'invalid-json': exit.usage,
  'invalid-key-store': exit.unsafe,
  'invalid-licence-id': exit.usage,
  'invalid-request': exit.usage,
  'invalid-trust': exit.unsafe,
  'key-in-use': exit.unsafe,
  'log-damaged': exit.failed,
  'not-importable': exit.usage,
  'not-yet-integrated': exit.partial,
  'older-program': exit.unavailable,
  'rotation-running': exit.unavailable,
  'seal-unavailable': exit.unavailable,
  'source-unavailable': exit.unavailable,
  'too-many-iterations': exit.unsafe,
  'unknown-migration': exit.unsafe,
  'unknown-key': exit.usage,
  'unknown-reason': exit.usage,
  'unknown-wrapping-key': exit.unsafe,
  'unreadable-file': exit.usage,
  'unsafe-database': exit.unsafe,
  'unsafe-folder': exit.unsafe,
  'unusable-file': exit.usage,
}

/** Says what was thrown, and answers what to end with. A defect tells its cause on request only. */
export function explainFailure(
  thrown: unknown,
  { terminal, withCause }: { readonly terminal: Terminal; readonly withCause: boolean },
): ExitStatus {
  const { code, detail, cause } = problemFrom(fileProblem(thrown))
  const { zh, en, remedy } = problems[code]
  const facts = Object.entries(detail).flatMap(([name, value]) =>
    Array.isArray(value)
      ? [`  ${name}:`, ...value.map((one: string) => `    ${one}`)]
      : [`  ${name}: ${String(value)}`],
  )
  const lines = [`zt: ${code}`, `  ${zh}`, `  ${en}`, ...facts, `  → ${remedy}`]
  const stack = withCause && cause instanceof Error ? [`  ${cause.stack ?? cause.message}`] : []
  terminal.complain({ error: { code, zh, en, detail, remedy } }, [...lines, ...stack])
  return statuses[code] ?? exit.failed
}

/** A file of the command line that cannot be opened, or a full disk, is the caller's business, not a defect. */
function fileProblem(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !isOfFile(thrown)) return thrown
  const path = 'path' in thrown ? { path: String(thrown.path) } : {}
  const reason = 'code' in thrown ? String(thrown.code) : 'file'
  return new Problem('unreadable-file', { ...path, reason }, { cause: thrown })
}
