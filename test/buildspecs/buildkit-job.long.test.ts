/** The deployed buildspec on a machine with buildx, one image at a time. */
import { RELEASES } from '../local/build/embedded/sample-source';
import {
  build,
  CANDIDATES,
  calls,
  commands,
  DIGEST,
  FOREIGN,
  log,
  sample,
  startEngine,
  useDockerCalls,
} from './docker-calls';

useDockerCalls();

test('creates a builder, builds for all platforms with cache, SBOM and provenance, pushes, and removes the builder', async () => {
  expect(await build('child', 'exit 0')).toEqual({ kind: 'succeeded' });

  expect(commands()).toEqual([
    'login',
    'buildx version',
    'buildx imagetools',
    'buildx imagetools',
    'run',
    'buildx create',
    'buildx build',
    'buildx rm',
  ]);
  expect(calls()[6]).toEqual([
    'buildx',
    'build',
    expect.stringMatching(/^--builder=job-[a-z0-9]{10}$/),
    `--build-context=python:3.12=docker-image://registry.example/hub/library/python@${DIGEST}`,
    `--build-context=${RELEASES}/base:v9=docker-image://${CANDIDATES}:base.y`,
    '--progress=plain',
    `--tag=${CANDIDATES}:child.x`,
    `--label=image-pipeline.input-digest=${sample().digests.get('child')}`,
    `--label=org.opencontainers.image.revision=${sample().commit}`,
    '--label=org.opencontainers.image.source=https://git.example/shop',
    `--label=image-pipeline.bases={"python:3.12":"${DIGEST}"}`,
    expect.stringMatching(/^--file=\/.*\/source\/services\/child\/Dockerfile$/),
    `--platform=linux/amd64,${FOREIGN}`,
    `--cache-from=type=registry,ref=${CANDIDATES}:child.cache-feature0`,
    `--cache-from=type=registry,ref=${CANDIDATES}:child.cache-release`,
    `--cache-to=type=registry,ref=${CANDIDATES}:child.cache-feature0,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`,
    '--provenance=mode=max',
    expect.stringMatching(/^--attest=type=sbom,generator=docker\.io\/docker\/buildkit-syft-scanner@sha256:\w{64}$/),
    '--push',
    '--',
    expect.stringMatching(/^\/.*\/source\/services\/child$/),
  ]);
  expect(calls()[4]?.join(' ')).toMatch(
    /^run --privileged --rm registry\.example\/hub\/tonistiigi\/binfmt@sha256:\w+ --install .*s390x$/,
  );
  const name = calls()[7]?.[2] ?? '';
  expect(calls()[5]).toContain(`--name=${name}`);
  expect(calls()[6]).toContain(`--builder=${name}`);
});

test('exports how long the import of the cache and the push took, and logs the progress', async () => {
  const exported: object[] = [];
  const progress = '#4 importing cache manifest from x\\n#4 DONE 1.5s\\n#7 exporting to image\\n#7 DONE 4.0s\\n';
  const script = `[ "$2" = build ] && printf '${progress}' >&2; exit 0`;

  await build('base', script, {}, (variables) => exported.push(variables));
  await build('base', 'exit 0', {}, (variables) => exported.push(variables));

  expect(exported).toEqual([{ JOB_PARTS: 'cacheImport=1.5 push=4.0' }, {}]);
});

test('pulls a base image from its host if the mirror does not have it', async () => {
  await build('child', `[ "$2" = imagetools ] && exit 1; exit 0`);
  expect(calls()[6]).toContain(`--build-context=python:3.12=docker-image://docker.io/library/python@${DIGEST}`);
});

test('removes the builder, and fails, if the image cannot be built', async () => {
  const result = await build('base', `[ "$2" = build ] && exit 7; exit 0`);
  expect(result).toEqual({ kind: 'failed', phase: 'build', exitCode: 7 });
  expect(commands().slice(-2)).toEqual(['buildx build', 'buildx rm']);
});

test('builds once more without a cache whose layers are gone', async () => {
  const lost = 'ERROR: failed to solve: failed to compute cache key: blob not found';
  const script = `[ "$2" = build ] || exit 0; case "$*" in *--cache-from=*) echo '${lost}' >&2; exit 1 ;; esac; exit 0`;

  expect(await build('base', script)).toEqual({ kind: 'succeeded' });
  const [first = [], second = []] = calls().filter(([, command]) => command === 'build');
  expect(second).toEqual(first.filter((argument) => !argument.startsWith('--cache-from=')));
  expect(second).not.toEqual(first);
});

test('ends with the status 86 if only the build of the tests fails, and otherwise with that of the build', async () => {
  const failing = (target: string) => `[ "$2" = build ] || exit 0; case "$*" in *--${target}*) exit 7 ;; esac; exit 0`;

  expect(await build('tested', failing('target=tests'))).toEqual({ kind: 'failed', phase: 'build', exitCode: 86 });
  expect(commands().filter((command) => command === 'buildx build')).toHaveLength(2);
  expect(await build('tested', failing('file='))).toEqual({ kind: 'failed', phase: 'build', exitCode: 7 });
  expect(calls().flat()).not.toContain('--push');
});

test('ends with the status 137 if a build, or that of its tests, has too little memory, and does not try again', async () => {
  const killed = 'ERROR: failed to solve: process "/bin/sh -c x" did not complete successfully: exit code: 137';
  const script = `[ "$2" = build ] || exit 0; echo '${killed}' >&2; exit 1`;

  for (const service of ['base', 'tested']) {
    const before = commands().filter((command) => command === 'buildx build').length;
    expect(await build(service, script)).toEqual({ kind: 'failed', phase: 'build', exitCode: 137 });
    expect(commands().filter((command) => command === 'buildx build')).toHaveLength(before + 1);
  }
  expect(log()).toContain('the machine has too little memory for this build\n');
  expect(commands().at(-1)).toBe('buildx rm');
});

test('exports what the builder used, which is measured until it is removed', async () => {
  const exported: { JOB_PARTS?: string }[] = [];
  const engine = await startEngine();
  try {
    await build('base', `[ "$2" = build ] && sleep 2; exit 0`, { DOCKER_HOST: engine.host }, (variables) =>
      exported.push(variables),
    );
  } finally {
    await engine.stop();
  }
  const name = calls()
    .find(([, command]) => command === 'create')
    ?.find((each) => each.startsWith('--name='));
  expect(engine.asked[0]).toBe(`/containers/buildx_buildkit_${name?.slice('--name='.length)}0/stats?stream=true`);
  expect(exported[0]?.JOB_PARTS).toBe('memory=300000000 cpu=4.0');
});

test('builds nothing if no builder can be created, and removes the remains of its failed start', async () => {
  expect(await build('base', '[ "$2" = create ] && exit 1; exit 0')).toMatchObject({ kind: 'failed', phase: 'build' });
  expect(commands().slice(-2)).toEqual(['buildx create', 'buildx rm']);
  expect(calls().at(-2)).toContain(`--name=${calls().at(-1)?.[2]}`);
});

test('without the plug-in uses the builder of the engine, and logs the missing features', async () => {
  expect(await build('base', '[ "$1" = buildx ] && exit 1; exit 0')).toEqual({ kind: 'succeeded' });
  expect(commands()).toEqual(['login', 'buildx version', 'build', 'push']);
  expect(log()).toContain('no build cache, no SBOM and no provenance');
});

test('without the plug-in refuses an image for two platforms', async () => {
  expect(await build('child', '[ "$1" = buildx ] && exit 1; exit 0')).toMatchObject({
    kind: 'failed',
    phase: 'pre_build',
  });
  expect(commands()).toEqual(['login', 'buildx version']);
  expect(log()).toContain('install the plug-in docker-buildx');
});
