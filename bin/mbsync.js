#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'

// pg asks for it to find out where it runs; without it, as in Node.js 20, it looks at a Response, and loads all that belongs to fetch.
globalThis.navigator ??= { userAgent: `Node.js/${process.versions.node.split('.')[0]}` }

// What is loaded now stays, and would make V8's nursery grow. Chunks of COPY and of documents die young and by the thousand: a small one lets them go early.
setFlagsFromString('--semi-space-growth-factor=1')
const { leaveSoon, main } = await import('../dist/bundle/main.js')

process.exitCode = await main(process.argv)
leaveSoon(process.exitCode)
