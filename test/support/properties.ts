import fc from 'fast-check'

/** With it, a property test tries the same cases each time: which ones is no matter of luck. */
const DEFAULT_SEED = 20_261_129

/**
 * Asserts that a property holds, for cases that the seed decides: `PROPERTY_SEED` (a number, or `random`) and `PROPERTY_RUNS` have others tried. What
 * fails is reported with the seed.
 */
export function assertProperty<T>(
  property: fc.IRawProperty<T>,
  parameters: fc.Parameters<T> & { readonly numRuns?: number } = {},
): Promise<void> {
  const { PROPERTY_RUNS, PROPERTY_SEED } = process.env
  const seed = PROPERTY_SEED === 'random' ? undefined : Number(PROPERTY_SEED ?? DEFAULT_SEED)
  const numRuns = PROPERTY_RUNS === undefined ? usualRuns(parameters.numRuns) : Number(PROPERTY_RUNS)
  return Promise.resolve(
    fc.assert(property, {
      ...parameters,
      ...(seed === undefined ? {} : { seed }),
      ...(numRuns === undefined ? {} : { numRuns }),
    }),
  )
}

function usualRuns(numRuns: number | undefined): number | undefined {
  return process.env.MBSYNC_LONG_TESTS === undefined || numRuns === undefined ? numRuns : 4 * numRuns
}
