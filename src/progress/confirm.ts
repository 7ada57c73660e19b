import { RefusedError } from '../core/errors.ts'
import type { Report } from './progress.ts'

/** Something that is done only after it was confirmed. */
export interface Question {
  /** What would be done, and to what. */
  readonly message: string
  /** The same for each table. */
  readonly details: readonly Detail[]
  /** How to confirm it where no terminal can be asked. */
  readonly hint: string
  /** Whether it offers something that has a flag of its own: `--yes` does not answer it. */
  readonly isOffer?: boolean
}

/** What would happen to one table. */
export interface Detail {
  /** The name of the table, ready to print. */
  readonly subject: string
  readonly fact: string
}

/** How a question was answered; `unasked` where there is no terminal to ask on. */
type Answer = 'yes' | 'no' | 'unasked'

/** Asks a question. */
export type Confirm = (question: Question) => Promise<Answer>

/** A way to ask, if there is one. */
type MayAsk = { readonly confirm?: Confirm }

/** Whether something that has a flag of its own is wanted; where no terminal can be asked, it is not. */
export async function isWanted({ confirm }: MayAsk, offer: Omit<Question, 'isOffer'>): Promise<boolean> {
  return (await confirm?.({ ...offer, isOffer: true })) === 'yes'
}

/**
 * Goes on only if the question is answered with yes.
 * @throws RefusedError if it is answered with no, or cannot be asked
 */
export async function expectYes(
  { confirm, report }: MayAsk & { readonly report: Report },
  question: Question,
): Promise<void> {
  const answer = (await confirm?.(question)) ?? 'unasked'
  const { message, details, hint } = question
  const findings = details.map(({ subject, fact }) => {
    return { severity: 'note' as const, subject, message: fact }
  })
  if (answer === 'unasked') throw new RefusedError(message, { findings, hint })
  if (answer === 'no') {
    throw new RefusedError('Not confirmed: nothing has changed', { hint: 'Type `yes` to confirm.' })
  }
  report({ type: 'info', message: `Confirmed: ${message}` })
}
