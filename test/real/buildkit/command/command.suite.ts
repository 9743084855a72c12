/** Images that a command makes, checked by the real buildx: labels, platforms and an index of several platforms. */
import { useCommandJobs } from '../../../support/commands/command-jobs';
import { buildkitPrograms } from '../buildkit-programs';

/** No engine: the command pushes the image itself. */
const jobs = useCommandJobs(async () => {
  const { paths } = await buildkitPrograms();
  return `[ "$1" = buildx ] || exit 1\nshift\nexec '${paths.buildx}' "$@"`;
});

const MAKE = 'node tools/make-image.mjs';

describe('an image that a command makes, read by the newest buildx', () => {
  test('is accepted with its labels', async () => {
    const { result, log } = await jobs.run([`build: ${MAKE}`]);

    expect({ result, log }).toMatchObject({ result: { kind: 'succeeded' } });
    expect(log).toMatch(/^made sha256:[0-9a-f]{64} for linux\/amd64$/m);
  });

  test('is accepted without labels, which the log says', async () => {
    const { result, log } = await jobs.run([`build: ${MAKE} without-labels`]);

    expect({ result, log }).toMatchObject({ result: { kind: 'succeeded' } });
    expect(log).toContain('without the label image-pipeline.input-digest');
  });

  test('is refused for another platform', async () => {
    const { log } = await jobs.run(['platforms: [linux/arm64]', `build: IMAGE_PLATFORMS=linux/amd64 ${MAKE}`]);

    expect(log).toContain('is for linux/amd64, and the catalog asks for linux/arm64');
  });

  test('is accepted as an index of both of its platforms, and refused if one is missing', async () => {
    const names = '"$IMAGE_REPOSITORY:amd64" "$IMAGE_REPOSITORY:arm64"';
    const each = ['amd64', 'arm64'].map((cpu) => `IMAGE_PLATFORMS=linux/${cpu} ${MAKE} with-labels ${cpu}`).join('; ');
    const build = `build: '${each}; docker buildx imagetools create --tag "$IMAGE" ${names}'`;

    const both = await jobs.run(['platforms: [linux/amd64, linux/arm64]', build]);
    const missing = await jobs.run(['platforms: [linux/amd64, linux/arm64, linux/s390x]', build]);

    expect({ ...both }).toMatchObject({ result: { kind: 'succeeded' } });
    expect(both.log).toMatch(/^made sha256:\w{64} for linux\/amd64, linux\/arm64$/m);
    expect(missing.log).toContain('is for linux/amd64, linux/arm64, and the catalog asks for linux/s390x');
  });

  test('is missed if nothing is pushed', async () => {
    const { result, log } = await jobs.run(['build: "true"']);

    expect(result).toEqual({ kind: 'failed', phase: 'build', exitCode: 1 });
    expect(log).toContain('it has to push the image in the variable IMAGE');
  });
});
