import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { SharedFlags } from '../../../src/cli/common-flags.ts'
import type { Presentation } from '../../../src/cli/presentation.ts'
import { type App, runJob } from '../../../src/cli/run-job.ts'
import { InterruptedError, LockedError } from '../../../src/core/errors.ts'
import { captureSurroundings, logLines } from '../../support/captured-surroundings.ts'

const presentation: Presentation<{ answer: number }> = {
  audience: 'person',
  print: ({ answer }, page) => page.line(`the answer is ${answer}`),
  toJson: (result) => result,
  logMessage: 'run finished',
}

async function run(
  options: {
    flags?: Partial<SharedFlags>
    columns?: number
    job?: (app: App) => Promise<{ answer: number }>
    presentation?: Partial<typeof presentation>
  } = {},
) {
  const surroundings = captureSurroundings(options)
  const request = {
    flags: { progress: true, ...options.flags },
    job: options.job ?? (async () => ({ answer: 42 })),
    presentation: { ...presentation, ...options.presentation },
  }
  const exitCode = await runJob(request, surroundings)
  return { exitCode, stdout: surroundings.stdout.text, stderr: surroundings.stderr }
}

test('a person at a terminal gets the summary on stdout', async () => {
  const { exitCode, stdout } = await run({ columns: 80 })
  expect([exitCode, stdout]).toStrictEqual([0, 'the answer is 42\n'])
})

test('without a terminal the log has the result and stdout stays empty', async () => {
  const { stdout, stderr } = await run()
  expect(stdout).toBe('')
  expect(logLines(stderr)).toStrictEqual([{ level: 'info', answer: 42, msg: 'run finished' }])
})

test('a result for anyone is printed in any case', async () => {
  const { stdout } = await run({ flags: { quiet: true }, presentation: { audience: 'anyone' } })
  expect(stdout).toBe('the answer is 42\n')
})

test('--quiet keeps a summary back', async () => {
  expect((await run({ columns: 80, flags: { quiet: true } })).stdout).toBe('')
})

test('--json prints the result as one line', async () => {
  expect((await run({ columns: 80, flags: { json: true } })).stdout).toBe('{"answer":42}\n')
})

test('nothing moves on the terminal while a question waits for its answer', async () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  const surroundings = { ...captureSurroundings({ columns: 80 }), stdin }
  const job = async ({ context, questions }: App) => {
    context.report({ type: 'phase', phase: 'validate' })
    const answer = questions().confirm({ message: 'It can be protected', details: [], hint: '' })
    stdin.write('yes\n')
    return { answer: (await answer) === 'yes' ? 1 : 0 }
  }
  await runJob({ flags: { progress: true }, job, presentation }, surroundings)
  expect(surroundings.stdout.text).toBe('the answer is 1\n')
  expect(surroundings.stderr.text).toMatch(/Validated in[\s\S]*It can be protected[\s\S]*Type yes/)
})

test('the presentation decides the exit code of a job that returned', async () => {
  expect((await run({ presentation: { statusOf: () => 'refused' } })).exitCode).toBe(3)
})

test('an expected error gives its exit code, and with --json a JSON object on stdout, too', async () => {
  const job = async () => {
    throw new LockedError('Another run holds the lock', { hint: 'Wait.' })
  }
  const { exitCode, stdout, stderr } = await run({ job, columns: 80, flags: { json: true } })
  expect(exitCode).toBe(75)
  expect(stderr.lines).toStrictEqual(['✖ Another run holds the lock', '  Wait.', ''])
  expect(JSON.parse(stdout)).toStrictEqual({
    error: { message: 'Another run holds the lock', hint: 'Wait.', status: 'locked', exitCode: 75 },
  })
})

test('an unexpected error exits with 1 and shows no stack in JSON', async () => {
  const job = async () => {
    throw new TypeError('x is undefined')
  }
  const { exitCode, stdout } = await run({ job, flags: { json: true } })
  expect(exitCode).toBe(1)
  expect(JSON.parse(stdout).error).toMatchObject({ message: 'x is undefined', status: 'failed', exitCode: 1 })
  expect(stdout).not.toContain('run-job.test')
})

test('a job that is interrupted ends with the exit code of the signal', async () => {
  const { exitCode, stderr } = await run({
    columns: 80,
    job: async ({ context }) => {
      for (const listen of process.listeners('SIGTERM')) listen('SIGTERM')
      expect(context.signal.reason).toBeInstanceOf(InterruptedError)
      throw new Error('socket destroyed')
    },
  })
  expect(exitCode).toBe(143)
  expect(stderr.lines).toStrictEqual([
    'Stopping… (press Ctrl-C again to exit at once)',
    '✖ Interrupted by SIGTERM; nothing has changed',
    '',
  ])
})

test('a missing configuration is a usage error', async () => {
  const job = async ({ profile }: App) => {
    profile('prod-to-staging')
    return { answer: 42 }
  }
  expect((await run({ job, columns: 80 })).exitCode).toBe(2)
})
