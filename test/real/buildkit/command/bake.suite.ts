/** A target of a bake file, built and pushed by the real buildx and engine. */
import { CATALOG_FILE, makeSampleSource } from '../../../local/build/embedded/sample-source';
import { type BuildkitJobs, candidateTagOf, openBuildkitJobs } from '../buildkit-jobs';

let jobs: BuildkitJobs;
beforeAll(async () => {
  jobs = await openBuildkitJobs();
}, 3_600_000);
afterAll(async () => jobs?.close());

test('a target of a bake file becomes a candidate with our labels', async () => {
  const source = await makeSampleSource({
    [CATALOG_FILE]: 'platform: v1.4.0\nservices:\n  api: { build: { tool: bake, target: web } }\n',
    'api/docker-bake.hcl':
      'target "web" { dockerfile = "web.Dockerfile" }\ntarget "other" { dockerfile = "missing" }\n',
    'api/web.Dockerfile': 'FROM scratch\nCOPY main.js /\n',
    'api/main.js': 'console.log(1)\n',
  });
  try {
    const { end, log } = await jobs.run({ source, service: 'api' });

    expect({ end, log }).toMatchObject({ end: { status: 'SUCCEEDED' } });
    expect(log).toMatch(/^made sha256:[0-9a-f]{64} for linux\/amd64$/m);
    // Without our label, the line would say so.
    const url = `http://${jobs.registry.host}/v2/candidates/manifests/${candidateTagOf({ source, service: 'api' })}`;
    const accept = 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json';
    expect((await fetch(url, { headers: { accept } })).headers.get('docker-content-digest')).toBe(
      /^made (\S+)/m.exec(log)?.[1],
    );
  } finally {
    source.remove();
  }
});
