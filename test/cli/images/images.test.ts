/** The command that looks for newer images of builds, on a registry over HTTP that stands in for a mirror of Docker Hub. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningRegistry, startRegistry } from '../../../local/registry/start-registry';
import { runCommand } from '../../support/pipeline/small-pipeline';
import { imageOf, pushContent } from '../../support/registry/fake-registry-content';

let folder: string;
let registry: RunningRegistry;
let settings: string;

const newBuildKit = imageOf('buildkit');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'build-images-'));
  registry = await startRegistry({ directory: join(folder, 'registry') });
  const push = (repository: string, tag: string, content = imageOf(tag)) =>
    pushContent(`http://${registry.host}`, `hub/${repository}`, content, tag);
  await push('moby/buildkit', 'v0.33.0');
  await push('moby/buildkit', 'v9.1.0', newBuildKit);
  await push('moby/buildkit', 'v9.2.0-rc1');
  await push('tonistiigi/binfmt', 'qemu-v99.0.0');
  await push('docker/buildkit-syft-scanner', '99.0.0');
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  settings = join(folder, 'settings.json');
  writeFileSync(
    settings,
    '{ "stack": "Team", "buildImages": { "machines": { "x86_64": "aws/codebuild/standard:7.0" } } }',
  );
});

const propose = (...args: string[]) => runCommand('images', '--mirror', `http://${registry.host}/hub`, ...args);

describe('images', () => {
  test('prints the edit for the newest versions by digest, and changes nothing', async () => {
    const before = readFileSync(settings, 'utf8');
    const { exitCode, stdout } = await propose();

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^buildkit +moby\/buildkit +v0\.33\.0 +v9\.1\.0$/m);
    expect(stdout).toContain(`"buildkit": "docker.io/moby/buildkit@${newBuildKit.manifest.digest}"`);
    expect(stdout).toContain(
      'aws/codebuild/standard:7.0 and aws/codebuild/amazonlinux-aarch64-standard:3.0, which have no',
    );
    expect(readFileSync(settings, 'utf8')).toBe(before);
  });

  test('writes the edit into the settings only if it is told to, and keeps all other keys', async () => {
    expect((await propose('--write', settings)).exitCode).toBe(0);

    expect(JSON.parse(readFileSync(settings, 'utf8'))).toMatchObject({
      stack: 'Team',
      buildImages: {
        machines: { x86_64: 'aws/codebuild/standard:7.0' },
        buildkit: `docker.io/moby/buildkit@${newBuildKit.manifest.digest}`,
      },
    });
  });

  test('refuses a file that is no settings, and leaves it as it is', async () => {
    writeFileSync(settings, '[1]');

    expect(await propose('--write', settings)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('no JSON object'),
    });
    expect(readFileSync(settings, 'utf8')).toBe('[1]');
  });

  test('names the registry that has no such image, and the way out', async () => {
    const { exitCode, stderr } = await runCommand('images', '--mirror', `http://${registry.host}/other`);

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /other\/moby\/buildkit: has no version like v0\.33\.0[\s\S]*syft-scanner: has no[\s\S]*Name a mirror of Docker Hub with --mirror/,
    );
  });
});
