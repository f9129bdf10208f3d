/**
 * Every advisory lock that is one number, in one place: two works with the same number would wait for
 * each other. `settler` puts events in order, `rotation` changes keys.
 */
export const locks = {
  migration: 8_820_746_017,
  sequencer: 8_820_746_018,
  settler: 8_820_746_019,
  rotation: 8_820_746_020,
} as const
