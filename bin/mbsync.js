#!/usr/bin/env node
// libuv takes four threads unless told otherwise before the first is needed: four files that wait for the disk would keep all others from being compressed.
// A module of the ECMAScript kind would be too late, because reading it needs a thread already. So package.json beside this file says CommonJS.
process.env.UV_THREADPOOL_SIZE ??= '12'

// pg asks for it to find out where it runs; without it, as in Node.js 20, it looks at a Response, and loads all that belongs to fetch.
globalThis.navigator ??= { userAgent: `Node.js/${process.versions.node.split('.')[0]}` }

import('../dist/bundle/main.js').then(async ({ leaveSoon, main }) => {
  // Chunks of COPY and of documents die young and by the thousand: a small nursery lets them go early. What has been loaded by now stays.
  require('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
  process.exitCode = await main(process.argv)
  leaveSoon(process.exitCode)
})
