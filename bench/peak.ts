/** Loaded before a program, with a pipe as its fourth stream: says there at the end what memory it took at most. */
import { writeSync } from 'node:fs'

const pipe = 3

process.once('exit', () => {
  writeSync(pipe, String(process.resourceUsage().maxRSS))
})
