import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jobTool } from '../../../../buildspecs/job/job-tool';
import { authoritiesFile, authorityConfig, authorityOptions } from '../../../../buildspecs/job/trust/authorities';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trust-'));
  file = join(folder, 'authorities.pem');
  writeFileSync(file, 'certificates');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('BuildKit gets the file that Node reads, and looks for certificates where buildx copies it', async () => {
  const found = await authoritiesFile({ NODE_EXTRA_CA_CERTS: file });
  expect(authorityConfig(found)).toBe(`[registry."authorities"]\n  ca = ["${file}"]\n`);
  expect(authorityOptions(found)).toEqual([
    '--driver-opt=env.SSL_CERT_DIR=/etc/ssl/certs:/etc/buildkit/certs/authorities',
  ]);
});

test.each(['', '/nothing/here.pem'])(
  'without a file that can be read (%s) it gets nothing, as Node does',
  async (path) => {
    const found = await authoritiesFile({ NODE_EXTRA_CA_CERTS: path });
    expect(authorityConfig(found)).toBe('');
    expect(authorityOptions(found)).toEqual([]);
  },
);

test('the engine trusts the authorities for the mirrors, and for the hosts of the images that jobs run', async () => {
  const digest = `@sha256:${'1'.repeat(64)}`;
  const images = {
    buildkit: `images.internal:5000/buildkit${digest}`,
    emulators: `docker.io/tonistiigi/binfmt${digest}`,
    sbomScanner: `docker.io/docker/scanner${digest}`,
  };
  const env = { BASE_MIRRORS: '{"docker.io":"mirror.internal/hub"}', BUILD_IMAGES: JSON.stringify(images) };

  const line = await jobTool(['trust', file, join(folder, 'certs.d')], env, 'x64');

  expect(line).toBe('private certificate authorities for images.internal:5000 docker.io mirror.internal\n');
  for (const host of ['images.internal:5000', 'docker.io', 'mirror.internal']) {
    expect(readFileSync(join(folder, 'certs.d', host, 'ca.crt'), 'utf8')).toBe('certificates');
  }
});
