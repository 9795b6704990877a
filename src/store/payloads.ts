/** The payloads that callers have made of a result, by the names of their encodings. */
class Payloads extends Map<string, unknown> {
  // Node makes small buffers as parts of a larger one, and a part keeps all of it in memory.
  override set(encoding: string, payload: unknown): this {
    return super.set(encoding, Buffer.isBuffer(payload) ? copyOf(payload) : payload)
  }
}

const payloads = new WeakMap<object, Payloads>()

/**
 * A place for payloads that callers make of the result of a lookup, such as its bytes in an encoding. Undefined: the store
 * does not return this object again, so no payload is worth keeping. Several calls share the place, so a payload must depend
 * on nothing but the result.
 */
export function payloadsOf(result: object): Map<string, unknown> | undefined {
  return payloads.get(result)
}

/** Gives a result that a store returns again its place for payloads. */
export function addPayloads(result: object): void {
  payloads.set(result, new Payloads())
}

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}
