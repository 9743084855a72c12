/** An npm registry in memory, as strict as real ones: https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md */
import { createHash } from 'node:crypto';

interface Packument {
  readonly name: string;
  readonly 'dist-tags': Record<string, string>;
  readonly versions: Record<string, unknown>;
}

export interface RegistryReply {
  readonly status: number;
  readonly body: object | Buffer;
}

export interface NpmRegistry {
  /** Answers a request to a path below the registry, without its leading slash. */
  answer(method: string, path: string, authorization: string | undefined, body: Buffer): RegistryReply;
  packument(name: string): Packument | undefined;
  tarball(name: string, version: string): Buffer | undefined;
}

/** What `npm publish` sends. */
interface PublishDocument extends Packument {
  readonly _id: string;
  readonly versions: Record<string, { name: string; version: string; dist: { integrity: string; shasum: string } }>;
  readonly _attachments: Record<string, { data: string; length: number }>;
}

/** Creates a registry in which only the token may write. The first version of a package is `latest`, whatever its tag, as at npmjs.com. */
export function createNpmRegistry(token: string): NpmRegistry {
  const packuments = new Map<string, Packument>();
  const tarballs = new Map<string, Buffer>();

  const publish = (name: string, body: Buffer): RegistryReply => {
    const document = JSON.parse(body.toString('utf8')) as PublishDocument;
    const problem = problemOf(document, name);
    if (problem !== undefined) return { status: 400, body: { error: problem } };
    const [[version, manifest]] = Object.entries(document.versions) as [[string, unknown]];
    const known = packuments.get(name) ?? { name, 'dist-tags': { latest: version }, versions: {} };
    if (known.versions[version] !== undefined) return { status: 409, body: { error: `${version} is there already` } };
    known.versions[version] = manifest;
    Object.assign(known['dist-tags'], document['dist-tags']);
    packuments.set(name, known);
    const [file] = Object.values(document._attachments);
    tarballs.set(`${name}@${version}`, Buffer.from(file?.data ?? '', 'base64'));
    return { status: 201, body: { ok: true } };
  };

  return {
    answer: (method, path, authorization, body) => {
      const name = decodeURIComponent(path);
      if (method === 'PUT' && authorization !== `Bearer ${token}`) {
        return { status: 401, body: { error: `not the token: ${authorization}` } };
      }
      if (method === 'PUT') return publish(name, body);
      const [, of = '', file = ''] = /^(.+)\/-\/(?:@[^/]+\/)?(.+)\.tgz$/.exec(name) ?? [];
      const bytes = tarballs.get(`${of}@${file.slice(of.slice(of.indexOf('/') + 1).length + 1)}`);
      const found = bytes ?? packuments.get(name);
      return found === undefined ? { status: 404, body: { error: 'not found' } } : { status: 200, body: found };
    },
    packument: (name) => packuments.get(name),
    tarball: (name, version) => tarballs.get(`${name}@${version}`),
  };
}

/** Returns what a registry would refuse. */
function problemOf(document: PublishDocument, name: string): string | undefined {
  const versions = Object.entries(document.versions);
  const attachments = Object.entries(document._attachments);
  const [[version, manifest] = ['', undefined]] = versions;
  const [[file, attachment] = ['', undefined]] = attachments;
  if (document.name !== name || document._id !== name) return `the document is of ${document.name}`;
  if (versions.length !== 1 || attachments.length !== 1 || !manifest || !attachment) return 'one version at a time';
  if (manifest.name !== name || manifest.version !== version) return `the manifest is of ${manifest.name}`;
  if (file !== `${name}-${version}.tgz`) return `the tarball is ${file}`;
  if (Object.keys(document['dist-tags']).length !== 1) return 'a version needs one tag';
  const bytes = Buffer.from(attachment.data, 'base64');
  const sha512 = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const sha1 = createHash('sha1').update(bytes).digest('hex');
  if (bytes.length !== attachment.length) return `the tarball has ${bytes.length} bytes`;
  return manifest.dist.integrity === sha512 && manifest.dist.shasum === sha1 ? undefined : 'the digests differ';
}
