/** The one order of paths: by their UTF-8 bytes, as git sorts them. JavaScript's own order differs beyond U+D7FF. */

/** Compares two entries by path. */
export function byPathBytes(one: { readonly path: string }, other: { readonly path: string }): number {
  const a = one.path;
  const b = other.path;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above U+FFFF and so come after U+E000..U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
