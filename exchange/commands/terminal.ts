/**
 * The two streams of a command: data on stdout, everything said to a person on stderr. Colours follow
 * the stream and NO_COLOR; a reader that has gone away (`| head`) is not an error.
 */
import { styleText } from 'node:util'

export interface Terminal {
  /** Data, written as it is: the value as one line of JSON when JSON is wanted, else the lines. */
  readonly answer: (value: object, lines: readonly string[]) => void
  /** For people, on stderr. */
  readonly note: (line: string) => void
  /** On a terminal one line that is written over; elsewhere now and then a line, or the value. */
  readonly progress: (line: string, value: object) => void
  /** Colours for stdout. */
  readonly paint: (colour: Colour, text: string) => string
  /** A refusal, on stderr: an object when JSON is wanted, else its lines. */
  readonly complain: (value: object, lines: readonly string[]) => void
}

export type Colour = 'red' | 'green' | 'yellow' | 'bold' | 'dim'

/** A terminal, a file, or whatever else takes text. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean }

interface TerminalSettings {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly wantsJson: () => boolean
  readonly clock: () => Date
}

/** Between two plain lines of progress, so that a log of a night's import can be read. */
const progressPauseMs = 5_000
const eraseLine = '\r\u001b[2K'

export function createTerminal(settings: TerminalSettings): Terminal {
  const { stdout, stderr, wantsJson, clock } = settings
  for (const stream of [stdout, stderr]) stream.on('error', ignoreGoneReader)
  let unfinished = false
  let saidAt = 0
  const say = (line: string): void => {
    stderr.write(`${unfinished ? eraseLine : ''}${line}\n`)
    unfinished = false
  }
  return {
    answer: (value, lines) => {
      if (unfinished) stderr.write(eraseLine)
      unfinished = false
      if (wantsJson()) stdout.write(`${JSON.stringify(value)}\n`)
      else if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`)
    },
    note: say,
    progress: (line, value) => {
      if (stderr.isTTY === true) {
        stderr.write(`${eraseLine}${line}`)
        unfinished = true
      } else if (clock().getTime() - saidAt >= progressPauseMs) {
        saidAt = clock().getTime()
        stderr.write(`${wantsJson() ? JSON.stringify(value) : line}\n`)
      }
    },
    paint: (colour, text) => styleText(colour, text, { stream: stdout }),
    complain: (value, lines) => {
      if (wantsJson()) say(JSON.stringify(value))
      else for (const line of lines) say(line)
    },
  }
}

function ignoreGoneReader(error: Error): void {
  if (!('code' in error) || error.code !== 'EPIPE') throw error
}
