/** One port for registries of several kinds: each call goes to the one that its host belongs to. */
import type { ImageRegistry } from '../../core/ports';

/** `special` gives the registry for a host that has one of its own; all others are `usual`. A copy is made by its destination. */
export function registryByHost(
  usual: ImageRegistry,
  special: (host: string) => ImageRegistry | undefined,
): ImageRegistry {
  const of = (host: string) => special(host) ?? usual;
  return {
    head: (name, reference) => of(name.host).head(name, reference),
    get: (name, reference) => of(name.host).get(name, reference),
    config: (name, manifest) => of(name.host).config(name, manifest),
    put: (name, reference, manifest) => of(name.host).put(name, reference, manifest),
    copyContent: (from, to, manifest, kept) => of(to.host).copyContent(from, to, manifest, kept),
    pullsLeft: (host) => of(host).pullsLeft?.(host),
  };
}
