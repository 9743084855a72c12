/** What `npm publish` sends to a registry: one document with the manifest and the tarball. */
import { createHash } from 'node:crypto';
import { compareModuleVersions } from '../../version/module-version';
import { SEMANTIC } from '../../version/semantic-version';
import type { NpmManifest } from './manifest';
import { NPM } from './npm';

/** Tags by which people ask for a version without its number. */
const TAGS = { release: 'latest', prerelease: 'next', development: 'dev', earlier: 'earlier' } as const;

/**
 * Returns the tag of a version. `npm install NAME` takes the one that is `latest`: the highest release, never a pre-release or a development
 * version, and no release that ended after a higher one. A registry without `latest` may give it to the first version, whatever its tag.
 */
export function distTag(version: string, latest: string | undefined): string {
  if (NPM.isDevelopment(version)) return TAGS.development;
  const parsed = SEMANTIC.parse(version);
  if (parsed?.pre !== undefined) return TAGS.prerelease;
  const before = SEMANTIC.parse(latest ?? '');
  if (parsed === undefined || before === undefined || before.pre !== undefined) return TAGS.release;
  return compareModuleVersions(before, parsed) > 0 ? TAGS.earlier : TAGS.release;
}

/** A tarball with its manifest, and the tag that it gets. */
interface NpmUpload {
  readonly manifest: NpmManifest;
  readonly tarball: Buffer;
  readonly tag: string;
}

/**
 * Returns the document. Its file name has the scope, unlike that of `npm pack`. `registry` ends with a slash.
 * https://github.com/npm/cli/blob/latest/workspaces/libnpmpublish/lib/publish.js
 */
export function publishDocument({ manifest, tarball, tag }: NpmUpload, registry: string): object {
  const { name, version } = manifest;
  const file = `${name}-${version}.tgz`;
  const dist = {
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    shasum: createHash('sha1').update(tarball).digest('hex'),
    tarball: new URL(`${name}/-/${file}`, registry).href,
  };
  return {
    _id: name,
    name,
    description: manifest.description,
    'dist-tags': { [tag]: version },
    versions: { [version]: { ...manifest, _id: `${name}@${version}`, dist } },
    access: null,
    _attachments: {
      [file]: { content_type: 'application/octet-stream', data: tarball.toString('base64'), length: tarball.length },
    },
  };
}
