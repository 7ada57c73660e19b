import { expect, test } from 'vitest'
import { VERSION } from '../../../src/core/version.ts'
import { webhookBody } from '../../../src/notify/webhook-body.ts'
import { ENDING, REFUSED } from './an-ending.ts'

test('as JSON, all facts are told', () => {
  expect(webhookBody('json', ENDING)).toStrictEqual({
    event: 'run ended',
    version: VERSION,
    command: 'sync',
    profile: 'prod-to-staging',
    isPartial: false,
    host: 'vps',
    runId: 42,
    status: 'done',
    exitCode: 0,
    message: 'done',
    hint: null,
    warnings: [],
    startedAt: '1970-01-01T00:16:40.000Z',
    finishedAt: '1970-01-01T00:17:06.500Z',
    durationMs: 26_500,
    rows: { inserted: 1200, updated: 3, deleted: 0, unchanged: 5 },
    bytes: 99,
    search: [{ searchIndex: 'products', status: 'rejected', indexed: 7, rejected: 2, deleted: 1 }],
    findings: [],
  })
  expect(webhookBody('json', { ...REFUSED, profile: undefined })).toMatchObject({
    profile: null,
    runId: null,
    rows: null,
    search: [],
    hint: 'Correct it.',
  })
})

test('for Slack, it is a message in which nothing is a link or a mention', () => {
  expect(webhookBody('slack', REFUSED)).toStrictEqual({
    text: [
      '❌ mbsync sync prod-to-staging ended with exit status 3 (27 s, on vps)',
      'Validation found 1 problem; nothing has changed',
      'public.&lt;users&gt; &amp; co: is missing',
      '→ Add it.',
      'Warning: @everyone look',
      'Correct it.',
    ].join('\n'),
  })
})

test('for Discord, it is a message that calls nobody and is not too long', () => {
  const findings = Array.from({ length: 99 }, () => ({
    severity: 'error' as const,
    subject: 'x'.repeat(500),
    message: 'y',
  }))
  const body = webhookBody('discord', { ...REFUSED, findings }) as {
    content: string
    allowed_mentions: object
  }
  expect(body.allowed_mentions).toStrictEqual({ parse: [] })
  expect(body.content.length).toBeLessThan(2000)
  expect(body.content, 'what to do stays').toMatch(/\nand \d+ more\nCorrect it\.$/)
  expect(webhookBody('discord', ENDING)).toMatchObject({
    content: [
      '✅ mbsync sync prod-to-staging done (run 42, 27 s, on vps)',
      'Rows: 1,200 inserted, 3 updated, 0 deleted',
      'Search index products rejected: 7 sent, 1 deleted, 2 rejected',
    ].join('\n'),
  })
})
