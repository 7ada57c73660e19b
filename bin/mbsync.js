#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'

const { main } = await import('../dist/bundle/main.js')

// Chunks of COPY and of documents die young and by the thousand: a small nursery lets them go early, and the rest of the heap is kept small, too, as
// what takes time is the servers, not this process. What has been loaded by now lives as long as the process, and would be slower to load so.
setFlagsFromString('--semi-space-growth-factor=1')
setFlagsFromString('--optimize-for-size')
process.exitCode = await main(process.argv)
