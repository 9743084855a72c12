/** Lists for bash: texts that are each ended by NUL, which none of them can hold. */
export function nulEnded(texts: readonly string[]): string {
  return texts.map((text) => `${text}\0`).join('');
}
