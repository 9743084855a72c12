/** Pulling through a mirror: Docker Hub counts pulls by address, and build machines share theirs with strangers. */
import { parseReference, printReference } from '../../core/image/reference';

/** Where images of a host are pulled instead: `docker.io` -> `mirror.example/hub`, which has them under their full name. */
export type Mirrors = Readonly<Record<string, string>>;

/** The reference on its host's mirror, in full; undefined if there is none. */
export function mirrored(reference: string, mirrors: Mirrors): string | undefined {
  const { host, ...rest } = parseReference(reference);
  const mirror = new Map(Object.entries(mirrors)).get(host);
  return mirror === undefined ? undefined : printReference({ host: mirror, ...rest });
}

/**
 * BuildKit's configuration for all that it pulls on its own: base images that the plan does not know, `# syntax=` frontends, the scanner
 * of the SBOM. Where a mirror does not answer, BuildKit goes to the host itself (docs.docker.com, "Configure BuildKit").
 */
export function mirrorConfig(mirrors: Mirrors): string {
  const tables = Object.entries(mirrors).map(
    ([host, mirror]) => `[registry.${JSON.stringify(host)}]\n  mirrors = [${JSON.stringify(mirror)}]\n`,
  );
  return tables.join('');
}
