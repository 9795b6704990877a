import { styleText } from 'node:util'
import { formatStore, type ServeConfig } from '../../config.ts'
import { escapeUnsafe } from '../output/escape.ts'

/** The lines on a terminal that tell what the server is and who may change its data. */
export function bannerLines(config: ServeConfig): string[] {
  const rows = {
    store: formatStore(config.store),
    'default policy': config.defaultPolicy,
    'may change': describeWriters(config),
    ...(config.workers > 1 && { workers: `${config.workers} processes` }),
    ...(config.corsOrigins.length > 0 && { 'web pages of': config.corsOrigins.join(', ') }),
  }
  const titles = Object.entries(rows).map(([title, text]) => `  ${dim(title.padEnd(14))}  ${escapeUnsafe(text)}`)
  return [...titles, `  ${dim('Ctrl-C stops the server.')}`]
}

function describeWriters({ host, tls }: ServeConfig): string {
  if (tls?.clientCa !== undefined && tls.clientAuth !== 'request')
    return `every client with a certificate that ${tls.clientCa} has signed`
  if (/^(?:127\.|::1$|localhost$)/.test(host)) return 'every program on this machine'
  return `everybody who can connect to ${host}`
}

// Respects NO_COLOR and FORCE_COLOR.
function dim(text: string): string {
  return styleText('dim', text, { stream: process.stdout })
}
