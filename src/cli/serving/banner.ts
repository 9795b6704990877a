import { styleText } from 'node:util'
import type { ServeConfig } from '../../config/serve-config.ts'
import { formatStore } from '../../config/store-location.ts'
import { OPEN_DOOR, type OpenTo } from '../../open-door.ts'
import { escapeUnsafe } from '../output/escape.ts'

/** The lines on a terminal that tell what the server is and who may change its data. `open`: see `openTo`. */
export function bannerLines(config: ServeConfig, open: OpenTo | undefined): string[] {
  const rows = {
    store: formatStore(config.store),
    'default policy': config.defaultPolicy,
    'may change': describeWriters(config, open),
    ...(config.workers > 1 && { workers: `${config.workers} processes` }),
    ...(config.corsOrigins.length > 0 && { 'web pages of': config.corsOrigins.join(', ') }),
  }
  const titles = Object.entries(rows).map(([title, text]) => `  ${dim(title.padEnd(14))}  ${escapeUnsafe(text)}`)
  const warnings = open === 'everybody' ? [`  ${loud(`WARNING: ${OPEN_DOOR}`)}`] : []
  return [...titles, ...warnings, `  ${dim('Ctrl-C stops the server.')}`]
}

function describeWriters({ host, tls, access }: ServeConfig, open: OpenTo | undefined): string {
  if (open === undefined) return `whoever ${access.file} gives a permission`
  if (open === 'trusted certificates') return `every client with a certificate that ${tls?.clientCa} has signed`
  return open === 'this machine' ? 'every program on this machine' : `everybody who can connect to ${host}`
}

function loud(text: string): string {
  return styleText(['bold', 'yellow'], text, { stream: process.stdout })
}

// Respects NO_COLOR and FORCE_COLOR.
function dim(text: string): string {
  return styleText('dim', text, { stream: process.stdout })
}
