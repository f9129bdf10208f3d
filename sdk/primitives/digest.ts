/** The hash functions of evidence (FIPS 180-4, GB/T 32905), and how many bytes each gives. */
export const digestLengths = { sha256: 32, sha384: 48, sha512: 64, sm3: 32 } as const
export type DigestName = keyof typeof digestLengths
