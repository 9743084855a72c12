/** Mirrors of the settings. */

/** Splits a mirror of the settings (`ecr/docker-hub`) into its parts. `prefix` is empty if there is none. */
export function parseMirror(mirror: string): { readonly host: string; readonly prefix: string } {
  const [host = '', ...prefix] = mirror.split('/');
  return { host, prefix: prefix.join('/') };
}
