const PAUSE_MS = 20

/** The highest version that was sent, and the highest that was acknowledged. */
interface Height {
  sent: number
  acknowledged: number
}

/**
 * One writer registers the versions 1.0.0, 2.0.0 and so on of a service, each after the one before it was acknowledged.
 * So each default that anybody reads must be one of few versions.
 */
export class Ladder {
  readonly #height: Height = { sent: 0, acknowledged: 0 }
  readonly #path: string

  /** The name of the service is for this ladder alone. */
  constructor(name: string) {
    this.#path = `/services/faults/${name}`
  }

  get height(): number {
    return this.#height.acknowledged
  }

  /** Registers the next version. Resolves with the status, or undefined if there was no answer. */
  async climb(url: string): Promise<number | undefined> {
    const height = this.#height
    height.sent = height.acknowledged + 1
    const body = JSON.stringify({ revision_tag: `${height.sent}.0.0` })
    const headers = { 'content-type': 'application/json' }
    const status = await fetch(`${url}${this.#path}`, { method: 'POST', headers, body }).then(
      async (answer) => {
        await answer.text()
        return answer.status
      },
      () => undefined,
    )
    if (status === 200 || status === 201) height.acknowledged = height.sent
    else await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    return status
  }

  /** Reads the default. Resolves with the status, and with the violation if the default is wrong. */
  async look(url: string): Promise<{ readonly status: number | undefined; readonly violation?: string }> {
    const least = this.#height.acknowledged
    const answer = await fetch(`${url}${this.#path}`).catch(() => undefined)
    if (answer === undefined) return { status: undefined }
    const text = await answer.text()
    const { status } = answer
    if (status === 404 && least > 0) return { status, violation: `the ladder is gone after version ${least}: ${text}` }
    if (status !== 200) return { status }
    const version = Number.parseInt((JSON.parse(text) as { revision_tag: string }).revision_tag, 10)
    if (version >= least && version <= this.#height.sent) return { status }
    return { status, violation: `the default is ${version}.0.0; ${least}.0.0 was acknowledged before it was read` }
  }
}
