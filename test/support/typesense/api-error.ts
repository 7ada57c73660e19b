/** A refusal that is answered with its status and `{"message": …}`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** What most paths answer when something is missing. */
export function notFound(message = 'Not Found'): ApiError {
  return new ApiError(404, message)
}
