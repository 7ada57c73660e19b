import { startMixedbread } from '../test/support/mixedbread/start-mixedbread.ts'

// It tells its port and lasts until its input ends.
const mixedbread = await startMixedbread({ apiKey: 'xyz', rateLimits: 'off' })
process.stdout.write(`${new URL(mixedbread.url).port}\n`)
process.stdin.resume().once('end', () => void mixedbread.close().then(() => process.exit()))
