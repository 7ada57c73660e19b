import { onTestFinished } from 'vitest'
import {
  type Mixedbread,
  type MixedbreadOptions,
  startMixedbread,
} from '../../../support/mixedbread/start-mixedbread.ts'

/** A reply with its body parsed. */
interface CallReply {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into replies of every shape
  readonly body: any
}

/** A stand-in for one test, with the calls that the tests share. */
export interface MixedbreadCalls extends Mixedbread {
  /** Sends a request: a form as it is, anything else as JSON. */
  call(method: string, path: string, body?: unknown): Promise<CallReply>
  /** Uploads a text and says its id. */
  upload(content: string): Promise<string>
  /** Uploads a text and adds it to the store. */
  put(externalId: string, content: string, more?: object): Promise<CallReply>
  /** The external ids on one page of the store's list, and what is said of the page. */
  list(request?: object): Promise<{ ids: string[]; pagination: CallReply['body'] }>
}

/** Starts a stand-in that is closed when the test has finished. */
export async function mixedbreadForTest(options: MixedbreadOptions = {}): Promise<MixedbreadCalls> {
  const mixedbread = await startMixedbread(options)
  onTestFinished(() => mixedbread.close())
  const files = `/v1/stores/${mixedbread.storeId}/files`
  const call = async (method: string, path: string, body?: unknown): Promise<CallReply> => {
    const isForm = body instanceof FormData
    const reply = await fetch(`${mixedbread.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${mixedbread.apiKey}`,
        ...(isForm ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    })
    return { status: reply.status, headers: reply.headers, body: await parse(reply) }
  }
  const upload = async (content: string) => {
    const reply = await call('POST', '/v1/files', formOf(content))
    return reply.body.id as string
  }
  return {
    ...mixedbread,
    call,
    upload,
    put: async (externalId, content, more = {}) =>
      call('POST', files, { file_id: await upload(content), external_id: externalId, ...more }),
    list: async (request = {}) => {
      const { body } = await call('POST', `${files}/list`, request)
      const ids = body.data.map((file: { external_id: string }) => file.external_id)
      return { ids, pagination: body.pagination }
    },
  }
}

/** A form with a file in it, as uploads are sent. */
export function formOf(
  content: string | Uint8Array<ArrayBuffer>,
  name = 'text.md',
  type = 'text/markdown',
): FormData {
  const form = new FormData()
  form.append('file', new File([content], name, { type }))
  return form
}

async function parse(reply: Response): Promise<unknown> {
  const isJson = reply.headers.get('content-type') === 'application/json'
  return isJson ? await reply.json() : Buffer.from(await reply.arrayBuffer())
}
