/** A CPU profile as V8 writes it. https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-Profile */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  /** The time before each sample, in microseconds. */
  readonly timeDeltas: readonly number[]
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

/** A function that was called from the functions above it, and the time in it. */
export interface Frame {
  readonly name: string
  /** Such as `src/server/rest/rest.ts:12`. Empty for native code. */
  readonly place: string
  /** The kind of code, for people. */
  readonly group: string
  /** The time in the function itself, in microseconds. */
  readonly selfUs: number
  /** The time in the function and in those that it called, in microseconds. */
  readonly totalUs: number
  readonly children: readonly Frame[]
}

const ROOT = new URL('../../', import.meta.url).href
const IDLE = '(idle)'
/** The groups of the frames that V8 names itself. */
const ownNames: ReadonlyMap<string, string> = new Map([
  [IDLE, 'idle'],
  ['(garbage collector)', 'garbage collection'],
  ['(program)', 'native code outside of JavaScript'],
  ['(root)', ''],
])

/** The tree of the functions of a profile, without the time in which the process waited. */
export function toTree(profile: CpuProfile): Frame {
  const times = selfTimes(profile)
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const toFrame = (node: ProfileNode, caller: string): Frame => {
    const { functionName, url, lineNumber } = node.callFrame
    const group = ownNames.get(functionName) ?? toGroup(url, caller)
    const children = (node.children ?? []).flatMap((id) => {
      const child = nodes.get(id)
      return child === undefined || child.callFrame.functionName === IDLE ? [] : [toFrame(child, group)]
    })
    const selfUs = times.get(node.id) ?? 0
    const totalUs = children.reduce((sum, child) => sum + child.totalUs, selfUs)
    const place = url === '' ? '' : `${toPath(url)}:${lineNumber + 1}`
    return { name: functionName || '(anonymous)', place, group, selfUs, totalUs, children }
  }
  const [root] = profile.nodes
  if (root === undefined) throw new Error('the profile is empty')
  return toFrame(root, '')
}

/** The share of the time in which the process waited. */
export function idleShare(profile: CpuProfile): number {
  const times = selfTimes(profile)
  const idle = profile.nodes.filter(({ callFrame }) => callFrame.functionName === IDLE)
  const all = profile.timeDeltas.reduce((sum, delta) => sum + delta, 0)
  return idle.reduce((sum, { id }) => sum + (times.get(id) ?? 0), 0) / all
}

function selfTimes({ samples, timeDeltas }: CpuProfile): Map<number, number> {
  const times = new Map<number, number>()
  for (const [index, id] of samples.entries()) times.set(id, (times.get(id) ?? 0) + (timeDeltas[index] ?? 0))
  return times
}

/** The path of a file below the root of the repository, or the name of a module of Node. */
function toPath(url: string): string {
  return url.startsWith(ROOT) ? url.slice(ROOT.length) : url
}

/** The kind of code of a file. Native code belongs to the group of its caller. */
function toGroup(url: string, caller: string): string {
  if (url === '') {
    if (caller.startsWith('src/store/sqlite')) return 'SQLite'
    return caller === '' || caller.endsWith(', native') || caller === 'SQLite' ? caller : `${caller}, native`
  }
  const path = toPath(url)
  const builtIn = /^node:(?:internal\/)?(.*)/.exec(path)?.[1]
  if (builtIn !== undefined) return toBuiltIn(builtIn)
  return /^node_modules\/((@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.split('/').slice(0, -1).slice(0, 3).join('/')
}

function toBuiltIn(module: string): string {
  if (module.startsWith('http2/')) return 'node:http2'
  if (module.startsWith('_http')) return 'node:http'
  if (/^(net|stream_base_commons|streams?)\b/.test(module)) return 'node:net and node:stream'
  if (module.startsWith('deps/undici')) return 'Headers and fetch of Node'
  if (/abort_controller|domexception/.test(module)) return 'AbortController of Node'
  return 'other modules of Node'
}
