import { FailedError } from '../../core/errors.ts'

/** The error of a store that is not there, or not for this key. */
export function storeIsGone(): FailedError {
  return new FailedError('The Mixedbread store does not exist', {
    hint: 'Check MXBAI_STORE_ID and whose key MXBAI_API_KEY is.',
  })
}
