import { CODE, mask, maskComments } from './mask.ts'

/** A proto file without all that is no comment. */
export function maskProto(text: string): string {
  // A string is found first, because it may contain the two slashes of a URL.
  const parts = text.split(/("(?:[^"\\\n]|\\.)*"|\/\/.*|\/\*[\s\S]*?\*\/)/)
  return maskComments(parts.map((part) => (/^\/[/*]/.test(part) ? part : mask(part, /\S/g, CODE))).join(''))
}
