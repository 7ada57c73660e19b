/** What is answered to a request: JSON, or bytes as they are. */
export interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** One problem of a request, as 422 lists them. */
export interface Issue {
  readonly loc: readonly (string | number)[]
  readonly msg: string
  readonly type: string
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'bad_request_error',
  401: 'authentication_error',
  402: 'payment_required_error',
  404: 'not_found_error',
  409: 'conflict_error',
  429: 'too_many_requests_error',
  500: 'internal_server_error',
  503: 'service_unavailable_error',
}

/** A refusal in Mixedbread's envelope. */
export function errorReply(
  status: number,
  message: string,
  details: unknown = null,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const type = ERROR_TYPES[status] ?? 'api_error'
  return {
    status,
    body: { type, url: 'https://www.mixedbread.com/api-reference', message, details },
    headers,
  }
}

/** A refusal of what a request says, which has an envelope of its own. */
export function invalidReply(...issues: readonly Issue[]): Reply {
  return { status: 422, body: { detail: issues } }
}
