import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from './api-error.ts'
import { json, type Reply } from './call.ts'
import { pick } from './fault.ts'
import { type Received, receiveRequest, type Service } from './receive-request.ts'
import { refusalOf } from './refusal-of.ts'
import { sendHalf, sendReply } from './send-reply.ts'

/** Time for the half of a reply to arrive before the connection breaks, which discards what was not read. */
const ARRIVAL_MS = 10

/** Serves a request to its end, or to the fault that it meets. */
export async function serveRequest(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const received = await receiveRequest(service, request)
  const { faults } = received.call
  const { delayMs = 0, isAppliedFirst = false } = pick(faults, 'slow') ?? {}
  if (!isAppliedFirst) await service.sleep(delayMs)
  if (pick(faults, 'reset-before')) return breakConnection(request)
  const reply = refusalOf(faults) ?? (await answer(received))
  if (isAppliedFirst) await service.sleep(delayMs)
  if (pick(faults, 'reset-after')) return breakConnection(request)
  if (pick(faults, 'reset-mid-reply')) {
    await sendHalf(response, reply)
    await service.sleep(ARRIVAL_MS)
    return breakConnection(request)
  }
  received.logged.status = reply.status
  await sendReply(response, reply)
}

async function answer({ handle }: Received): Promise<Reply> {
  try {
    return await handle()
  } catch (error) {
    if (error instanceof ApiError) return json({ message: error.message }, error.status)
    throw error
  }
}

function breakConnection({ socket }: IncomingMessage): void {
  socket.resetAndDestroy()
}
