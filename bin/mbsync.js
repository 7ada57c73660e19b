#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'

// COPY chunks die young and by the thousand: a small nursery lets them go early and keeps the process small.
setFlagsFromString('--max-semi-space-size=2')
setFlagsFromString('--semi-space-growth-factor=1')

const { main } = await import('../dist/cli/main.js')
process.exitCode = await main(process.argv)
