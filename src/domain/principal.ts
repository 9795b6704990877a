/** The verified identity of a caller. */
export interface Principal {
  /** The log stores this name with every change that the principal makes. */
  readonly name: string
}

/** The principal of a caller without a verified identity. */
export const anonymous: Principal = { name: 'anonymous' }
