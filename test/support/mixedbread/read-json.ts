import { isRecord } from './is-record.ts'
import { invalidReply, type Reply } from './reply.ts'

/** The object in a body of JSON, or the refusal of anything else. */
export function readJson(body: Buffer): { json: Record<string, unknown> } | { refusal: Reply } {
  let json: unknown
  try {
    json = JSON.parse(body.toString())
  } catch {
    return { refusal: invalidReply({ loc: ['body', 0], msg: 'JSON decode error', type: 'json_invalid' }) }
  }
  if (isRecord(json)) return { json }
  const msg = 'Input should be a valid dictionary or object to extract fields from'
  return { refusal: invalidReply({ loc: ['body'], msg, type: 'model_attributes_type' }) }
}
