/** Requests for manifests, tags and referrers. */
import type { IncomingMessage } from 'node:http';
import { describeReferrer } from '../../adapters/registry/referrers';
import { MANIFEST_TYPES } from '../../core/image/manifest';
import { isDigest, isTag } from '../../core/image/reference';
import { listReferrers, listTags, readManifest, writeManifest } from './manifest-store';
import { type Call, json, notAllowed, type Reply, ReplyError } from './reply';

/** The size that the specification requires registries to accept, and this one's limit, in bytes. */
const LARGEST_MANIFEST = 4 * 1024 * 1024;
const MAX_TAGS = 1000;

/** Serves HEAD, GET and PUT of a manifest. Nothing is ever deleted: a digest may have released versions. */
export async function serveManifest(call: Call, repository: string, reference: string): Promise<Reply> {
  const { method, request, layout } = call;
  if (!['GET', 'HEAD', 'PUT'].includes(method)) throw notAllowed('GET', 'HEAD', 'PUT');
  checkReference(method, reference);
  if (method === 'PUT') {
    const mediaType = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '';
    const bytes = await readLimited(request);
    const isImmutable = isTag(reference) && call.isImmutable(repository, reference);
    const written = { mediaType, bytes, isImmutable };
    const { digest, subject } = await writeManifest(layout, repository, reference, written);
    const headers = {
      location: `/v2/${repository}/manifests/${digest}`,
      'docker-content-digest': digest,
      'content-length': '0',
      ...(subject === undefined ? {} : { 'oci-subject': subject }),
    };
    return { status: 201, headers, digest };
  }
  const { bytes, mediaType, digest } = await readManifest(layout, repository, reference);
  const headers = {
    'content-type': mediaType,
    'content-length': String(bytes.length),
    'docker-content-digest': digest,
  };
  return { status: 200, headers, body: bytes, digest };
}

/** Serves the tags, `n` at a time after `last`, with a `Link` to the rest. */
export async function serveTags({ method, query, layout }: Call, repository: string): Promise<Reply> {
  if (method !== 'GET') throw notAllowed('GET');
  const all = await listTags(layout, repository);
  const last = query.get('last');
  const rest = last === null ? all : all.filter((tag) => tag > last);
  const limit = /^\d{1,6}$/.test(query.get('n') ?? '') ? Number(query.get('n')) : MAX_TAGS;
  const tags = rest.slice(0, limit);
  const next = new URLSearchParams({ n: String(limit), last: tags.at(-1) ?? '' });
  const link = tags.length < rest.length && tags.length > 0;
  return json(
    200,
    { name: repository, tags },
    link ? { link: `</v2/${repository}/tags/list?${next}>; rel="next"` } : {},
  );
}

/** Serves an index of the manifests whose subject is the digest; `artifactType` filters it. */
export async function serveReferrers(
  { method, query, layout }: Call,
  repository: string,
  subject: string,
): Promise<Reply> {
  if (method !== 'GET') throw notAllowed('GET');
  if (!isDigest(subject)) throw new ReplyError(400, 'DIGEST_INVALID', 'a digest is sha256: and 64 hex digits');
  const wanted = query.get('artifactType');
  const all = (await listReferrers(layout, repository, subject)).map(describeReferrer);
  const manifests = wanted === null ? all : all.filter(({ artifactType }) => artifactType === wanted);
  const mediaType = MANIFEST_TYPES[3];
  const headers = { 'content-type': mediaType, ...(wanted === null ? {} : { 'oci-filters-applied': 'artifactType' }) };
  return json(200, { schemaVersion: 2, mediaType, manifests }, headers);
}

function checkReference(method: string, reference: string): void {
  if (isDigest(reference) || isTag(reference)) return;
  if (reference.includes(':')) throw new ReplyError(400, 'DIGEST_INVALID', 'a digest is sha256: and 64 hex digits');
  if (method === 'PUT') throw new ReplyError(400, 'TAG_INVALID', 'a tag has at most 128 letters, digits and . _ -');
  throw new ReplyError(404, 'MANIFEST_UNKNOWN', 'no manifest can have such a tag');
}

async function readLimited(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > LARGEST_MANIFEST) {
      throw new ReplyError(413, 'MANIFEST_INVALID', `the manifest is larger than ${LARGEST_MANIFEST} bytes`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
