import type { Readable } from 'node:stream'

/** Reads the messages of the suite's runner. Before each is its length, as a 32-bit number with the high byte first. */
export async function* readDelimited(input: Readable): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0)
  for await (const chunk of input) {
    held = Buffer.concat([held, chunk as Buffer])
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE()) {
      const end = 4 + held.readUInt32BE()
      yield held.subarray(4, end)
      held = held.subarray(end)
    }
  }
}

/** A message in the form that the runner reads. */
export function delimited(message: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(message.byteLength)
  return Buffer.concat([length, message])
}
