import type { Append, FromWriter } from './messages.ts'
import type { CreateWriter, Writer, WriterEvents } from './writer.ts'

/** The way from the store of a worker to the writer, which is in another process. */
export interface WriterChannel {
  /** Sends appends to the other process. */
  send(appends: readonly Append[]): void
  /** Calls a function with each message of the writer. */
  onMessage(receive: (message: FromWriter) => void): void
  /** Calls a function once nothing arrives from the other process any longer. */
  onEnd(callback: (error: Error) => void): void
}

/** Makes writers that send everything to the writer of another process. That process starts its thread again, and ends it. */
export function remoteWriter(channel: WriterChannel): CreateWriter {
  return (events) => new RemoteWriter(channel, events)
}

class RemoteWriter implements Writer {
  readonly #channel: WriterChannel
  readonly pauseMs = 0
  #ended: Error | undefined

  constructor(channel: WriterChannel, { onAnswers, onLost, onEnd }: WriterEvents) {
    this.#channel = channel
    channel.onMessage((message) => ('lost' in message ? onLost(message.lost) : onAnswers(message)))
    channel.onEnd((error) => {
      this.#ended = error
      onEnd(error)
    })
  }

  send(appends: readonly Append[]): void {
    if (this.#ended) throw this.#ended
    this.#channel.send(appends)
  }

  release(): void {}

  async end(): Promise<void> {}
}
