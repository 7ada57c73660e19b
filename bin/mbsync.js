#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'

const { main } = await import('../dist/bundle/main.js')

// Chunks of COPY and of documents die young and by the thousand: a small nursery lets them go early. What has been loaded by now stays.
setFlagsFromString('--semi-space-growth-factor=1')
process.exitCode = await main(process.argv)
