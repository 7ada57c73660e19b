import type { Session } from './session.ts'
import { NoAnswerError } from './within.ts'

/** Gives a session up that does not answer in time: a statement whose answer takes no work must not wait for a lost connection. */
export async function answerWithin<T>(
  limitMs: number,
  session: Session,
  ask: (session: Session) => Promise<T>,
): Promise<T> {
  const timer = setTimeout(() => session.abandon(new NoAnswerError()), limitMs)
  try {
    return await ask(session)
  } finally {
    clearTimeout(timer)
  }
}
