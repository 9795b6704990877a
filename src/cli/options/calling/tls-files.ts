import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { TlsOptions } from '../../../client/index.ts'
import { UsageError } from '../usage-error.ts'

/** The paths of the PEM files; empty: none. */
export interface TlsPaths {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** Reads the PEM files. Throws a `UsageError` that names the option and the file, but nothing of its content. */
export function readTlsFiles({ ca, cert, key }: TlsPaths): TlsOptions | undefined {
  if ((cert === '') !== (key === '')) {
    const [given, missing] = cert === '' ? ['key', 'cert'] : ['cert', 'key']
    throw new UsageError(
      `--${given} needs --${missing} (WAYPOST_${missing?.toUpperCase()}); give both, or none of them.`,
      `--${given}`,
    )
  }
  if (ca === '' && cert === '') return undefined
  return { ...(ca !== '' && { ca: readCertificates(ca, 'ca').text }), ...(cert !== '' && readIdentity(cert, key)) }
}

function readIdentity(certPath: string, keyPath: string): Pick<TlsOptions, 'cert' | 'key'> {
  const { text: cert, certificate } = readCertificates(certPath, 'cert')
  const key = readText(keyPath, 'key')
  if (certificate.checkPrivateKey(readKey(key, keyPath))) return { cert, key }
  throw unusable('key', keyPath, 'is not the private key of --cert', 'use the key that belongs to the certificate')
}

function readCertificates(path: string, option: 'ca' | 'cert') {
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  const text = readText(path, option)
  try {
    return { text, certificate: new X509Certificate(text) }
  } catch {
    throw unusable(option, path, 'has no certificate', PEM)
  }
}

function readKey(text: string, path: string): KeyObject {
  const { createPrivateKey } = process.getBuiltinModule('node:crypto')
  try {
    return createPrivateKey(text)
  } catch {
    throw /\bENCRYPTED\b/.test(text)
      ? unusable('key', path, 'has an encrypted key', 'decrypt it with openssl pkey -in FILE -out PLAIN')
      : unusable('key', path, 'has no private key', 'use the path of a PEM file with a private key')
  }
}

const PEM = 'use the path of a PEM file with certificates'

function readText(path: string, option: keyof TlsPaths): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const remedy = option === 'key' ? 'check the path and its permissions' : PEM
    throw unusable(option, path, `cannot be read (${code})`, remedy)
  }
}

function unusable(option: keyof TlsPaths, path: string, problem: string, remedy: string): UsageError {
  const variable = `WAYPOST_${option.toUpperCase()}`
  return new UsageError(
    `--${option} (${variable}): the file ${JSON.stringify(path)} ${problem}; ${remedy}.`,
    `--${option}`,
  )
}
