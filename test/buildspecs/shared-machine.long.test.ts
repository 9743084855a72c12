/** The deployed buildspec with several images on one machine: each is built by itself, and none takes another with it. */
import { build, buildTogether, calls, commands, listed, log, useDockerCalls } from './docker-calls';

useDockerCalls();

/** The tags of builds that push, sorted. */
const pushed = () =>
  calls()
    .filter((call) => call.includes('--push'))
    .map((call) => call.find((argument) => argument.startsWith('--tag=')))
    .sort();

test('builds all images with one login and one builder, with the arguments that each has alone', async () => {
  const ownOptions = (service: string) =>
    (calls().find((call) => call.includes('--push') && call.some((each) => each.includes(`:${service}.x`))) ?? [])
      .map((argument) => argument.replace(/^--builder=.*|\/[^=]*\/source\//, ''))
      .join(' ');
  expect(await build('tested', 'exit 0')).toEqual({ kind: 'succeeded' });
  const alone = ownOptions('tested');
  const before = calls().length;

  expect(await buildTogether([listed('tested'), listed('base')], 'exit 0')).toEqual({ kind: 'succeeded' });

  const together = commands().slice(before);
  expect(together.filter((command) => command === 'login')).toHaveLength(1);
  expect(together.filter((command) => command === 'buildx create')).toHaveLength(1);
  expect(together.slice(-1)).toEqual(['buildx rm']);
  expect(together.filter((command) => command === 'buildx build')).toHaveLength(3);
  expect(alone).not.toBe('');
  expect(ownOptions('tested')).toBe(alone);
});

test('goes on after an image that fails, names it at the end, and keeps the exit status of its tests', async () => {
  const script = `[ "$2" = build ] || exit 0; case "$*" in *--target=tests*) exit 7 ;; esac; exit 0`;

  const result = await buildTogether([listed('tested'), listed('base')], script);

  expect(result).toEqual({ kind: 'failed', phase: 'build', exitCode: 1 });
  expect(pushed()).toEqual(['--tag=registry.example/candidates:base.x']);
  expect(log()).toContain('tested | the tests failed\n');
  expect(log()).toContain('tested | not built: exit status 86 (');
  expect(log()).toContain('base | built\n');
  expect(log()).toMatch(/\nnot built, and now built alone: tested\n/);
});

test('builds no image of another source than the planned one, and the others', async () => {
  const other = { ...listed('tested'), inputDigest: 'f'.repeat(40) };

  expect(await buildTogether([other, listed('base')], 'exit 0')).toMatchObject({ kind: 'failed' });

  expect(pushed()).toEqual(['--tag=registry.example/candidates:base.x']);
  expect(log()).toMatch(/^tested \| InputDigestMismatch|^tested \| .*the plan said f+/m);
});

test('exports the seconds and parts of each image', async () => {
  const exported: { JOB_PARTS?: string }[] = [];
  const progress = '#7 exporting to image\\n#7 DONE 4.0s\\n';
  const script = `[ "$2" = build ] && printf '${progress}' >&2; exit 0`;

  await buildTogether([listed('tested'), listed('base')], script, (variables) => exported.push(variables));

  expect(exported[0]?.JOB_PARTS).toMatch(/^tested:\d+ push=4\.0;base:\d+ push=4\.0;$/);
});

test('never builds more than two images at a time', async () => {
  const images = ['tested', 'base'].flatMap((service) => [1, 2, 3].map((n) => ({ ...listed(service), n })));
  const names = [...new Set(images.map(({ service }) => service))];
  // Each build leaves a mark while it runs, and fails if it sees two others.
  const script = `[ "$2" = build ] || exit 0
marks="\${0%/docker}/marks"; mkdir -p "$marks"; [ "$(ls "$marks" | wc -l)" -lt 2 ] || exit 9
: > "$marks/$$"; sleep 0.5; rm "$marks/$$"; exit 0`;

  expect(await buildTogether([...images], script)).toEqual({ kind: 'succeeded' });
  expect(new Set(pushed()).size).toBe(names.length);
});

test('refuses a list that is none, before anything is built', async () => {
  expect(await buildTogether([{ service: '../x' }], 'exit 0')).toMatchObject({ kind: 'failed', phase: 'build' });
  expect(log()).toContain('IMAGE_LIST.0.service');
  expect(commands()).toEqual(['login']);
});
