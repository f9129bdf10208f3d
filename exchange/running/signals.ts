/** Being told to stop: the first signal is a wish, the second one an order. */

interface Signalled {
  readonly once: (signal: 'SIGINT' | 'SIGTERM', heard: () => void) => unknown
  readonly exit: (status: number) => void
}

/** Resolves at the first SIGINT or SIGTERM; a second of either ends the program with 1 at once. */
export function interruption(program: Signalled): Promise<void> {
  return new Promise((resolve) => {
    let heard = false
    const hear = (signal: (typeof signals)[number]): void => {
      if (heard) program.exit(1)
      heard = true
      program.once(signal, () => {
        hear(signal)
      })
      resolve()
    }
    for (const signal of signals) {
      program.once(signal, () => {
        hear(signal)
      })
    }
  })
}

const signals = ['SIGINT', 'SIGTERM'] as const
