// Node's `ws` as a peer: one process, each message to every client by client.send().
// node peer_ws.cjs <folder that holds node_modules/ws> <payload bytes>
// Prints "ready <port>"; "rate <n>" on standard input sets messages a second; end of input ends it.
'use strict';
const path = require('node:path');
const readline = require('node:readline');
const { createRequire } = require('node:module');
const { WebSocketServer } = createRequire(path.join(path.resolve(process.argv[2]), 'x.js'))('ws');

const size = Number(process.argv[3]);
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, backlog: 4096, perMessageDeflate: false });
let number = 0;
let timer = null;

function publish() {
  const marker = 'liveroom-bench:' + process.hrtime.bigint().toString(16).padStart(16, '0') + number.toString(16).padStart(8, '0');
  number += 1;
  const message = Buffer.from(marker.padEnd(size, '.'));
  for (const client of server.clients) client.send(message);
}

function rate(perSecond) {
  clearTimeout(timer);
  if (!(perSecond > 0)) return;
  const interval = 1000 / perSecond;
  let due = performance.now() + interval;
  const tick = () => {
    publish();
    due = Math.max(due + interval, performance.now());
    timer = setTimeout(tick, due - performance.now());
  };
  timer = setTimeout(tick, interval);
}

server.on('connection', (client) => client.on('error', () => client.terminate()));
server.on('listening', () => console.log(`ready ${server.address().port}`));
readline.createInterface({ input: process.stdin })
  .on('line', (line) => rate(Number(line.split(' ')[1])))
  .on('close', () => process.exit(0));
