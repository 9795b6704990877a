/** The most memory that the process of a module may use, in MiB. */
export interface ModuleMemory {
  /** For the objects of the module. */
  readonly heapMib: number
  /** In all: buffers are not in the heap. */
  readonly mostMib: number
}

const [HEAP_MIB, MOST_MIB] = [128, 256]

/** The least memory with which a process of Node starts and answers. */
const [LEAST_HEAP_MIB, LEAST_MIB] = [32, 96]

/** The memory of one process, if so many processes of a server share the memory of the module. */
export function memoryFor(sharers: number): ModuleMemory {
  return {
    heapMib: Math.max(LEAST_HEAP_MIB, Math.floor(HEAP_MIB / sharers)),
    mostMib: Math.max(LEAST_MIB, Math.floor(MOST_MIB / sharers)),
  }
}
