import { startTypesense } from '../test/support/typesense/start-typesense.ts'

// A process of its own, so that it does not share a thread with what is measured: it tells its port and lasts until its input ends.
const server = await startTypesense({ isInstant: true, apiKey: 'xyz' })
process.stdout.write(`${server.port}\n`)
process.stdin.resume().once('end', () => void server.close().then(() => process.exit()))
