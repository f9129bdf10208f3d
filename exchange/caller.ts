/** Who asks, as far as it is proven: a department by its key, an officer by the department's word. */
import type { Purpose } from '../sdk/request-token.ts'

export interface Caller {
  readonly department: string
  readonly officer: string
  readonly purpose: Purpose | undefined
  readonly jti: string
  /** The token itself, the department's signature over the request; kept with the log entry. */
  readonly token: string
  /** Request id of the client; the same for every attempt. */
  readonly rid: string
  readonly attempt: number
  /** SHA-256 of what is asked: the method, the path, the body and the purpose; of every attempt the same. */
  readonly asked: Uint8Array
  /** Whose certificate the connection was made with, where connections need one. */
  readonly connectedAs?: string | undefined
}
