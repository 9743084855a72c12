/** Makes an image of the folder that it runs in, by the contract of commands in `docs/contracts.md`: as Jib or ko do, without Docker. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

const { IMAGE_REPOSITORY, IMAGE_TAG, IMAGE_LABELS, IMAGE_PLATFORMS, MODE } = process.env;
const slash = IMAGE_REPOSITORY.indexOf('/');
const base = `http://${IMAGE_REPOSITORY.slice(0, slash)}/v2/${IMAGE_REPOSITORY.slice(slash + 1)}`;

async function ask(method, url, body, type) {
  const reply = await fetch(url, { method, body, headers: type === undefined ? {} : { 'content-type': type } });
  if (!reply.ok) throw new Error(`${method} ${url}: ${reply.status} ${await reply.text()}`);
  return reply;
}

async function push(bytes) {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const upload = new URL((await ask('POST', `${base}/blobs/uploads/`)).headers.get('location'), base);
  upload.searchParams.set('digest', digest);
  await ask('PUT', upload, bytes, 'application/octet-stream');
  return { digest, size: bytes.length };
}

const options = ['--sort=name', '--owner=0', '--group=0', '--mtime=@0', '--format=ustar'];
const layer = execFileSync('tar', [...options, '-czf', '-', '.'], { env: { ...process.env, GZIP: '-n' } });
const [os, architecture] = (IMAGE_PLATFORMS || 'linux/amd64').split('/');
const config = {
  os,
  architecture,
  config: {
    Env: [`MODE=${MODE ?? ''}`],
    Labels: Object.fromEntries(IMAGE_LABELS.split(',').map((each) => each.split('='))),
  },
  rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(gunzipSync(layer)).digest('hex')}`] },
};
if (process.argv[2] === 'without-labels') delete config.config.Labels;
const manifest = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    ...(await push(Buffer.from(JSON.stringify(config)))),
  },
  layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...(await push(layer)) }],
};
await ask('PUT', `${base}/manifests/${process.argv[3] ?? IMAGE_TAG}`, JSON.stringify(manifest), manifest.mediaType);
