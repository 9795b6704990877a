/**
 * Characters that a terminal would obey or hide: control characters, bidirectional controls, characters without a width,
 * line separators, and halves of a surrogate pair. The two that people use inside emoji are not among them there.
 */
const UNSAFE =
  /(?<=\p{Extended_Pictographic})\uFE0F|(?<=\p{Extended_Pictographic}\uFE0F?)\u200D(?=\p{Extended_Pictographic})|([\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}])/gu

/**
 * A text that is safe to print: it cannot move the cursor, change colors, reverse the order of letters, or hide anything.
 * Unsafe characters become the escapes of JSON, such as `\u202e`, so that a line of JSON keeps its meaning.
 */
export function escapeUnsafe(text: string): string {
  // Most texts are ASCII, and the pattern of Unicode takes a while to be compiled.
  if (/^[\x20-\x7e]*$/.test(text)) return text
  return text.replaceAll(UNSAFE, (found: string, unsafe?: string) =>
    unsafe === undefined ? found : escapeUnits(unsafe),
  )
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
  }).join('')
}
