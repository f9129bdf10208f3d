/**
 * Answers that are worked out once. An answer about times changes only at certain moments; between
 * two of them it is the same for all times, and is remembered for those alone. So what is recalled is
 * exactly what working it out again would give. Bounded: the oldest is forgotten first.
 */
export interface Worked<Answer> {
  readonly answer: Answer
  /** All moments at which the answer may change; without them it is not remembered. */
  readonly moments?: readonly Date[] | undefined
}

export interface Recall<Answer> {
  /** Whether this is a key for which some answer is remembered. */
  readonly knows: (key: readonly unknown[]) => boolean
  /**
   * @param key all that the answer depends on besides the times, spelled out: a hash of it could
   * be met by something else.
   */
  readonly answer: (
    key: readonly string[],
    times: readonly Date[],
    work: () => Worked<Answer>,
  ) => Answer
}

interface Remembered<Answer> {
  readonly key: readonly string[]
  readonly moments: Float64Array
  readonly answers: Map<number, Answer>
}

/** For how many spans of time one key is remembered. */
const spansMax = 16

/**
 * A map hashes all of the text it is asked for, a kilobyte as slowly as SHA-256 does. So we ask for the
 * ends, where signatures are, and compare the whole: of two keys with the same ends one is remembered.
 */
const endLength = 43

export function createRecall<Answer>(keysMax: number): Recall<Answer> {
  const byEnds = new Map<string, Remembered<Answer>>()
  let latest: Remembered<Answer> | undefined
  const find = (key: readonly string[]): Remembered<Answer> | undefined => {
    if (isOf(key, latest)) return latest
    latest = byEnds.get(endsOf(key))
    return isOf(key, latest) ? latest : undefined
  }
  return {
    knows: (key) => key.every((text) => typeof text === 'string') && find(key) !== undefined,
    answer(key, times, work) {
      const known = find(key)
      const recalled = known?.answers.get(spanOf(times, known.moments))
      if (recalled !== undefined) return recalled
      const { answer, moments } = work()
      if (!moments || times.some((time) => Number.isNaN(time.getTime()))) return answer
      const remembered = known ?? { key, moments: sorted(moments), answers: new Map() }
      put(remembered.answers, spansMax, [spanOf(times, remembered.moments), answer])
      if (!known) put(byEnds, keysMax, [endsOf(key), remembered])
      return answer
    },
  }
}

function endsOf(key: readonly string[]): string {
  return key.map((text) => text.slice(-endLength)).join('\n')
}

function isOf(
  key: readonly string[],
  remembered: { readonly key: readonly string[] } | undefined,
): boolean {
  if (remembered?.key.length !== key.length) return false
  for (let i = 0; i < key.length; i += 1) if (key[i] !== remembered.key[i]) return false
  return true
}

function put<Key, Value>(
  map: Map<Key, Value>,
  sizeMax: number,
  entry: readonly [Key, Value],
): void {
  for (const oldest of map.keys()) {
    if (map.size < sizeMax) break
    map.delete(oldest)
  }
  map.set(...entry)
}

function sorted(moments: readonly Date[]): Float64Array {
  return Float64Array.from(new Set(moments.map((moment) => moment.getTime()))).sort()
}

/**
 * Two lists of times of one span stand in the same order among the moments, and among themselves, so
 * that no comparison tells one from the other.
 */
function spanOf(times: readonly Date[], moments: Float64Array): number {
  const places = 2 * moments.length + 1
  let span = 0
  for (const time of times) {
    let before = 0
    for (const other of times) if (other < time) before += 1
    span = (span * places + placeOf(time.getTime(), moments)) * times.length + before
  }
  return span
}

/** Odd on a moment, even between two; by halving. */
function placeOf(time: number, moments: Float64Array): number {
  let [low, high] = [0, moments.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((moments[middle] ?? NaN) < time) low = middle + 1
    else high = middle
  }
  return moments[low] === time ? 2 * low + 1 : 2 * low
}
