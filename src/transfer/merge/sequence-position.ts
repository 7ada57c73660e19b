import type { Sequence, SequenceValue } from '../../postgres/catalog/read-sequences.ts'

/** How the role may set a sequence: as its owner in a transaction, or only by setval(); undefined if it may not. */
export function howToSet({
  isOwner,
  canSelect,
  canUpdate,
}: Pick<Sequence, 'isOwner' | 'canSelect' | 'canUpdate'>): 'restart' | 'setval' | undefined {
  if (isOwner && canSelect) return 'restart'
  return canUpdate ? 'setval' : undefined
}

/** The position that is furthest in the direction of a sequence; undefined if there is none. */
export function furthest(
  values: readonly SequenceValue[],
  sequence: Pick<Sequence, 'increment'>,
): SequenceValue | undefined {
  return values.reduce<SequenceValue | undefined>(
    (far, value) => (far === undefined || isFurther(value, far, sequence) ? value : far),
    undefined,
  )
}

/** Whether `a` gives its next number later than `b`. */
export function isFurther(
  a: SequenceValue,
  b: SequenceValue,
  { increment }: Pick<Sequence, 'increment'>,
): boolean {
  const step = BigInt(increment)
  const difference = nextOf(a, step) - nextOf(b, step)
  return step > 0n ? difference > 0n : difference < 0n
}

/** Whether two readings of a sequence are the same. */
export function isSame(a: SequenceValue, b: SequenceValue): boolean {
  return a.lastValue === b.lastValue && a.isCalled === b.isCalled
}

function nextOf({ lastValue, isCalled }: SequenceValue, step: bigint): bigint {
  return isCalled ? BigInt(lastValue) + step : BigInt(lastValue)
}
