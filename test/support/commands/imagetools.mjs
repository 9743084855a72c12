/** Stands in for `docker buildx imagetools` with `inspect --format='{{json .}}' IMAGE` and `create --tag=IMAGE SOURCE`, for images that are no index. */
const [command, option, image] = process.argv.slice(4);
const [, host, repository, reference] = /^([^/]+)\/([^@:]+)[@:](.+)$/.exec(image);
const base = `http://${host}/v2/${repository}`;
const accept = 'application/vnd.oci.image.manifest.v1+json';
const reply = await fetch(`${base}/manifests/${reference}`, { headers: { accept } });
if (!reply.ok) {
  console.error(`ERROR: ${image}: not found`);
  process.exit(1);
}
const text = await reply.text();
if (command === 'create') {
  const tag = option.split(':').at(-1);
  const made = await fetch(`${base}/manifests/${tag}`, {
    method: 'PUT',
    body: text,
    headers: { 'content-type': accept },
  });
  process.exit(made.ok ? 0 : 1);
}
const config = await (await fetch(`${base}/blobs/${JSON.parse(text).config.digest}`)).json();
const digest = reply.headers.get('docker-content-digest');
console.log(JSON.stringify({ name: image, manifest: { mediaType: accept, digest, size: 1 }, image: config }));
