/** `buildspecs/image.yml` on the newest BuildKit, with a mirror and a registry of candidates whose certificates a private authority has signed. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUTHORITIES_ENV } from '../../../../core/contract/job-environment';
import type { SampleSource } from '../../../local/build/embedded/sample-source';
import type { LoopbackServer } from '../../../support/http/listen';
import { makePrivateAuthority, type PrivateAuthority } from '../../../support/tls/private-authority';
import { startTlsFront } from '../../../support/tls/tls-front';
import { type BuildkitJobs, openBuildkitJobs } from '../buildkit-jobs';
import { makeShopSource } from '../shop-source';

/** An address of this machine that is not loopback, which BuildKit would ask without TLS. */
const ADDRESS = Object.values(networkInterfaces())
  .flatMap((found) => found ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

let jobs: BuildkitJobs;
let source: SampleSource;
let authority: PrivateAuthority;
let front: LoopbackServer;
let store: string;
beforeAll(async () => {
  if (ADDRESS === undefined) throw new Error('this machine has no address besides loopback');
  jobs = await openBuildkitJobs();
  source = await makeShopSource(jobs.programs);
  authority = makePrivateAuthority(ADDRESS);
  front = await startTlsFront(authority, `http://${jobs.registry.host}`, ADDRESS);
  store = mkdtempSync(join(tmpdir(), 'store-'));
  copyFileSync(authority.authority, join(store, 'pipeline.crt'));
}, 3_600_000);
afterAll(async () => {
  source?.remove();
  authority?.remove();
  await front?.stop();
  await jobs?.close();
  if (store !== undefined) rmSync(store, { recursive: true });
});
afterEach(async () => expect(await jobs.left()).toEqual([]));

/** Builds from the mirror behind TLS, into candidates on loopback. The engine of this test has no store, so that it gets BuildKit by plain HTTP. */
function build(trusted: object) {
  const { host } = jobs.registry;
  const { buildkit, emulators, scanner } = jobs.images;
  const images = {
    buildkit: `${host}/hub/moby/buildkit@${buildkit}`,
    emulators: `${host}/hub/tonistiigi/binfmt@${emulators}`,
    sbomScanner: `docker.io/docker/buildkit-syft-scanner@${scanner}`,
  };
  const variables = {
    BASE_MIRRORS: JSON.stringify({ 'docker.io': `${ADDRESS}:${front.port}/hub` }),
    BUILD_IMAGES: JSON.stringify(images),
    ...trusted,
  };
  return jobs.run({ source, service: 'tested', bases: { digests: { 'tools:1': jobs.images.tools } }, variables });
}

test('base images and the scanner come from a mirror with a private authority', async () => {
  // SSL_CERT_DIR stands for the store of the machine, which the buildspec fills.
  const trusted = { [AUTHORITIES_ENV.file]: authority.authority, SSL_CERT_DIR: `/etc/ssl/certs:${store}` };
  const { end, log } = await build(trusted);

  expect({ end, log }).toMatchObject({ end: { status: 'SUCCEEDED' } });
  expect(log).toContain(`[context tools:1] ${ADDRESS}:${front.port}/hub/library/tools@${jobs.images.tools}`);
  expect(log).not.toContain('x509');
});

test('without the authority the job fails, and its log says which certificate is not trusted', async () => {
  const { end, log } = await build({});

  expect(end).toMatchObject({ status: 'FAILED' });
  expect(log).toContain('x509: certificate signed by unknown authority');
});
