import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { ApiError } from './api-error.ts'

const unzip = promisify(gunzip)

/** Reads the bytes of a request as they were sent. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Unpacks a body that begins as gzip does, whatever its headers say. */
export async function unpack(sent: Buffer): Promise<Buffer> {
  if (sent[0] !== 0x1f || sent[1] !== 0x8b) return sent
  try {
    return await unzip(sent)
  } catch (error) {
    throw new ApiError(422, (error as Error).message)
  }
}
