#!/usr/bin/env node
import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'

// pg asks for it to find out where it runs; without it, as in Node.js 20, it looks at a Response, and loads all that belongs to fetch.
globalThis.navigator ??= { userAgent: `Node.js/${process.versions.node.split('.')[0]}` }

// What is loaded now stays, and would make V8's nursery grow. Chunks of COPY and of documents die young and by the thousand: a small one lets them go early.
setFlagsFromString('--semi-space-growth-factor=1')
// With import(), Node.js would look through all of the bundle for what it exports.
const { leaveSoon, main } = createRequire(import.meta.url)('../dist/bundle/main.cjs')

process.exitCode = await main(process.argv)
leaveSoon(process.exitCode)
