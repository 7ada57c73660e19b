import { describeUpload } from './describe.ts'
import type { RoutedRequest } from './incoming.ts'
import { findPageIssues, pageOf } from './page-of.ts'
import { errorReply, invalidReply, type Reply } from './reply.ts'
import type { Service } from './service.ts'

/** Takes a file from a multipart form. */
export async function uploadFile({ holdings }: Service, request: RoutedRequest): Promise<Reply> {
  const headers = { 'content-type': request.contentType }
  const form = await new Response(new Uint8Array(request.body), { headers }).formData().catch(() => undefined)
  const file = form?.get('file') ?? null
  if (file === null || typeof file === 'string') {
    return invalidReply({ loc: ['body', 'file'], msg: 'Field required', type: 'missing' })
  }
  const content = Buffer.from(await file.arrayBuffer())
  const mimeType = file.type === '' ? 'application/octet-stream' : file.type
  return { status: 201, body: describeUpload(holdings.upload(file.name, mimeType, content)) }
}

/** Lists the uploads, those of no store among them. */
export function listFiles({ holdings, order }: Service, { query }: RoutedRequest): Reply {
  const request = Object.fromEntries(query)
  const issues = findPageIssues(request, 'query')
  if (issues.length > 0) return invalidReply(...issues)
  const wanted = (request.q ?? '').toLowerCase()
  const uploads = [...holdings.uploads.values()].filter(({ filename }) =>
    filename.toLowerCase().includes(wanted),
  )
  const { items, pagination } = pageOf(uploads, request, order)
  return { status: 200, body: { pagination, object: 'list', data: items.map(describeUpload) } }
}

/** Describes an upload. */
export function getFile({ holdings }: Service, { route }: RoutedRequest): Reply {
  const upload = holdings.uploads.get(route.file)
  return upload === undefined ? noFile() : { status: 200, body: describeUpload(upload) }
}

/** Gives an upload back, byte for byte. */
export function getContent({ holdings }: Service, { route }: RoutedRequest): Reply {
  const upload = holdings.uploads.get(route.file)
  if (upload === undefined) return noFile()
  return { status: 200, body: upload.content, headers: { 'content-type': upload.mimeType } }
}

/** Deletes an upload, and with it the file in every store that has it. */
export function deleteFile({ holdings }: Service, { route }: RoutedRequest): Reply {
  if (!holdings.uploads.has(route.file)) return noFile()
  holdings.deleteUpload(route.file)
  return { status: 200, body: { id: route.file, deleted: true, object: 'file' } }
}

function noFile(): Reply {
  return errorReply(404, 'File not found')
}
