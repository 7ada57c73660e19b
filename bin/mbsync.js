#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'

// Chunks of COPY and of documents die young and by the thousand: a small nursery lets them go early. The rest of the heap is kept small, too:
// what takes time is the servers, not this process.
setFlagsFromString('--max-semi-space-size=2')
setFlagsFromString('--semi-space-growth-factor=1')
setFlagsFromString('--optimize-for-size')

const { main } = await import('../dist/cli/main.js')
process.exitCode = await main(process.argv)
