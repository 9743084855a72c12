/**
 * Statements of releases in another registry with the referrers API: that of go-containerregistry. It does not confirm a subject
 * (`OCI-Subject`), so that the client has to write the tag as well, and shows neither types nor annotations of artifacts.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { noCredentials } from '../../../adapters/registry/client/credentials';
import { createOciRegistry } from '../../../adapters/registry/oci-registry';
import type { Manifest } from '../../../core/ports/registry';
import { attachBundle, bundleIn, EMPTY_CONFIG, mayHold } from '../../../core/signing/bundle';
import { RELEASE_TYPE } from '../../../core/signing/statement';
import { freePort } from '../../../local/runtime/loopback';
import { createStillClock } from '../../support/pipeline/memory-state';
import { imageOf, pushContent, sha256 } from '../../support/registry/fake-registry-content';

const registry = createOciRegistry({ credentials: noCredentials, clock: createStillClock(), allowLoopback: true });
const folder = mkdtempSync(join(tmpdir(), 'referrers-'));
const image = imageOf('signed');
const bundle = Buffer.from('{"signed":true}');
let host: string;
let server: ChildProcess;
let statement: Manifest;

beforeAll(async () => {
  const program = join(folder, 'registry');
  await promisify(execFile)('go', ['build', '-o', program, '.'], { cwd: join(__dirname, '../../tools/referrers') });
  host = `127.0.0.1:${await freePort()}`;
  server = spawn(program, [host], { stdio: 'ignore' });
  const isUp = () =>
    fetch(`http://${host}/v2/`).then(
      () => true,
      () => false,
    );
  while (!(await isUp())) await new Promise((done) => setTimeout(done, 50));

  const name = { host, repository: 'team/auth' };
  await pushContent(`http://${host}`, name.repository, image, 'v1');
  const subject = { ...image.manifest, size: image.manifest.bytes.length };
  statement = attachBundle(subject, bundle, { predicateType: RELEASE_TYPE, run: 'run-1' }, 0);
  for (const blob of [bundle, EMPTY_CONFIG]) await registry.putBlob(name, blob);
  await registry.put(name, statement.digest, statement);
}, 600_000);

afterAll(() => {
  server.kill();
  rmSync(folder, { recursive: true });
});

test.each(['team/auth', 'team/copy'])(
  'a statement is found once in %s, although this registry has it in its list and under a tag',
  async (repository) => {
    const name = { host, repository };
    if (repository !== 'team/auth') {
      await registry.copyContent({ host, repository: 'team/auth' }, name, image.manifest);
      await registry.put(name, 'v1', image.manifest);
    }

    const found = await registry.referrers(name, image.manifest.digest);

    expect(found.map(({ digest }) => digest)).toEqual([statement.digest]);
    expect(found.filter((referrer) => mayHold(referrer, { predicateType: RELEASE_TYPE, run: 'run-1' }))).toHaveLength(
      1,
    );
    const stored = await registry.get(name, statement.digest);
    expect(stored && bundleIn(stored)).toBe(sha256(bundle));
    expect(await registry.blob(name, sha256(bundle))).toEqual(bundle);
  },
);
