/** `buildspecs/image.yml` runs a command instead of Docker, in a folder with its inputs alone, and checks the image that it pushed. */
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useCommandJobs } from '../../support/commands/command-jobs';
import { DOCKER } from '../../support/commands/docker-stand-in';
import { layerFiles } from '../../support/commands/layer-files';

const jobs = useCommandJobs(() => DOCKER);

const AWS_SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:aws-a1b2c3';

const MAKE = 'build: { command: [node, tools/make-image.mjs], env: { MODE: release } }';

interface Pushed {
  readonly config: { readonly config: { readonly Labels: Record<string, string>; readonly Env: readonly string[] } };
  /** The names of files in the layer. */
  readonly files: readonly string[];
}

async function pushed(tag: string): Promise<Pushed> {
  const get = (path: string) => jobs.registry.ask('GET', `/v2/candidates/${path}`);
  const manifest = (await (await get(`manifests/${tag}`)).json()) as {
    config: { digest: string };
    layers: [{ digest: string }];
  };
  const layer = new Uint8Array(await (await get(`blobs/${manifest.layers[0].digest}`)).arrayBuffer());
  const files = Object.keys(layerFiles(layer)).sort();
  return { config: (await (await get(`blobs/${manifest.config.digest}`)).json()) as Pushed['config'], files };
}

describe('an image that a command makes', () => {
  test('has the inputs of the plan and nothing else, its variables and its labels', async () => {
    const { result, log, source, tag } = await jobs.run([MAKE]);

    expect({ result, log }).toMatchObject({ result: { kind: 'succeeded' } });
    const { config, files } = await pushed(tag);
    expect(files).toEqual(['api/link', 'api/main.js', 'api/run.sh', 'tools/make-image.mjs']);
    expect(config.config.Env).toEqual(['MODE=release']);
    expect(config.config.Labels).toEqual({
      'image-pipeline.input-digest': source.digests.get('api'),
      'org.opencontainers.image.revision': source.commit,
      'org.opencontainers.image.source': 'https://git.example/shop',
    });
    expect(log).toMatch(/^made sha256:[0-9a-f]{64} for linux\/amd64$/m);
  });

  test('is pushed by the job if the command leaves it to Docker', async () => {
    const { result, log, tag } = await jobs.run(['build: touch "$HOME/loaded"'], { env: { LOADED_LABELS: 'a=b' } });

    expect({ result, log }).toMatchObject({ result: { kind: 'succeeded' } });
    expect(log).toContain(`pushed ${jobs.registry.host}/candidates:${tag}.made\n`);
    expect(log).toContain('without the label image-pipeline.input-digest');
  });

  test.each([
    ['pushes nothing', 'build: "true"', 1, 'it has to push the image in the variable IMAGE'],
    ['pushes under another name', 'build: node tools/make-image.mjs with-labels other', 1, 'but there is no'],
    ['fails', 'build: "exit 3"', 3, '--- build failed with exit code 3'],
    ['fails after its push', 'build: "node tools/make-image.mjs; exit 3"', 3, '--- build failed with exit code 3'],
    ['fails in the middle of its lines', 'build: "false\\ntrue"', 1, '--- build failed with exit code 1'],
    ['says that its tests failed', 'build: "exit 86"', 86, 'exit code 86'],
    ['names no program of the machine', 'build: { command: [no-such-program] }', 127, 'no-such-program'],
    [
      'pushes an image of other inputs',
      'build: IMAGE_LABELS=image-pipeline.input-digest=0 node tools/make-image.mjs',
      1,
      'the command pushed another image',
    ],
  ])('leaves no candidate if the command %s', async (_what, build, exitCode, words) => {
    const { result, log, tag } = await jobs.run([build]);

    expect(result).toEqual({ kind: 'failed', phase: 'build', exitCode });
    expect(log).toContain(words);
    expect((await jobs.registry.ask('GET', `/v2/candidates/manifests/${tag}`)).status).toBe(404);
  });

  test('fails if it is for another platform than the catalog names', async () => {
    const { result, log } = await jobs.run([
      'platforms: [linux/arm64]',
      'build: IMAGE_PLATFORMS=linux/amd64 node tools/make-image.mjs',
    ]);

    expect(result).toEqual({ kind: 'failed', phase: 'build', exitCode: 1 });
    expect(log).toContain('is for linux/amd64, and the catalog asks for linux/arm64');
  });

  test('gets its secrets as files, which are gone afterwards and in no log', async () => {
    const file = join(jobs.folder, 'netrc');
    writeFileSync(file, 'of-a-file\n');
    const show = 'cat npm aws netrc | sha256sum; stat -c %a npm .; env | grep -c "^OTHER=\\|^NPM_TOKEN=" || true';
    const places = { npm: 'env:NPM_TOKEN', aws: AWS_SECRET, netrc: `file:${file}`, other: 'env:OTHER' };
    const { result, log } = await jobs.run(
      [
        'secrets: [npm, aws, netrc]',
        `build: '(cd "$IMAGE_SECRETS"; ls; ${show}); echo "at $IMAGE_SECRETS"; node tools/make-image.mjs'`,
      ],
      { env: { BUILD_SECRETS: JSON.stringify(places), NPM_TOKEN: 'top-secret', OTHER: 'not-mine' } },
    );

    expect({ result, log }).toMatchObject({ result: { kind: 'succeeded' } });
    expect(log).toContain(createHash('sha256').update('top-secretof-the-store\nof-a-file\n').digest('hex'));
    expect(log).toContain('\naws\nnetrc\nnpm\n');
    expect(log).toContain('\n600\n700\n0\n');
    expect(log).not.toMatch(/top-secret|of-the-store|of-a-file|not-mine/);
    expect(existsSync(/^at (.*)$/m.exec(log)?.[1] ?? '/')).toBe(false);
  });

  test.each([
    ['a variable that is not set', 'env:NPM_TOKEN'],
    ['no such file', 'file:/no/such/file'],
    ['no such secret', AWS_SECRET.replace(':aws-', ':gone-')],
    ['a secret without text', AWS_SECRET.replace(':aws-', ':bytes-')],
    ['a secret of another region', AWS_SECRET.replace('eu-central-1', 'us-east-1')],
  ])('is not made without its secret: %s', async (_what, place) => {
    const { result, log } = await jobs.run(['secrets: [npm]', MAKE], {
      env: { BUILD_SECRETS: JSON.stringify({ npm: place }) },
    });

    expect(result).toMatchObject({ kind: 'failed', phase: 'build' });
    expect(log).toContain(`the secret npm has no value at ${place}; npx pipeline doctor tells how to give it one`);
    expect(log).not.toContain('made sha256');
  });

  test('is not made if the source is not that of the plan', async () => {
    const { result, log } = await jobs.run([MAKE], { inputDigest: '1'.repeat(40) });

    expect(result).toMatchObject({ kind: 'failed', phase: 'pre_build' });
    expect(log).toContain('nothing was built');
  });
});
