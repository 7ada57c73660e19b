import type { ErrorFacts } from '../error-facts.ts'

/** What `--json` prints on stdout for an error. The stack is for people only, on stderr. */
export function errorToJson({ stack: _, ...error }: ErrorFacts): {
  readonly error: Omit<ErrorFacts, 'stack'>
} {
  return { error }
}
