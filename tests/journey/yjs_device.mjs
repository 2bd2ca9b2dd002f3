// A device with the unmodified y-websocket client, driven line by line on standard input.
//   node yjs_device.mjs ws://127.0.0.1:7464/sync notes TOKEN
// Commands: `read` · `offline` · `online` · `rewrite FROM => TO` · `end`. Each answers with one line of JSON.
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

const [address, name, token] = process.argv.slice(2)
const document = new Y.Doc()
const provider = new WebsocketProvider(address, name, document, {
  WebSocketPolyfill: WebSocket,
  disableBc: true,
  params: { token },
})
const notes = document.getMap('notes')

const texts = () => [...notes.values()].map((note) => note.get('text').toString())

function rewrite(from, to) {
  for (const note of notes.values()) {
    const text = note.get('text')
    const at = text.toString().indexOf(from)
    if (at < 0) continue
    document.transact(() => {
      text.delete(at, from.length)
      text.insert(at, to)
    })
    return true
  }
  return false
}

const commands = {
  read: () => ({ synced: provider.synced, notes: texts() }),
  offline: () => (provider.disconnect(), { synced: provider.synced, notes: texts() }),
  online: () => (provider.connect(), { synced: provider.synced, notes: texts() }),
  rewrite: (rest) => ({ rewritten: rewrite(...rest.split(' => ')), notes: texts() }),
}

for await (const line of createInterface({ input: process.stdin })) {
  const [word, ...rest] = line.trim().split(' ')
  if (word === 'end') break
  const command = commands[word]
  const answer = command ? command(rest.join(' ')) : { error: `unknown command ${word}` }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
provider.destroy()
process.exit(0)
