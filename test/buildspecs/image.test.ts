/** `buildspecs/image.yml` reads only what the contract names, and quotes it. */
import { JOB_ENV, PROJECT_ENV } from '../../core/contract/job-environment';
import { buildspecContract, readBuildspec } from '../contracts/buildspec-contract';

const buildspec = readBuildspec('image');

describe('the buildspec of an image', () => {
  buildspecContract(
    buildspec,
    [...Object.values(JOB_ENV), ...Object.values(PROJECT_ENV)],
    [
      JOB_ENV.inputDigest,
      JOB_ENV.bases,
      PROJECT_ENV.catalogFile,
      PROJECT_ENV.releases,
      PROJECT_ENV.cacheRepository,
      PROJECT_ENV.mirrors,
      PROJECT_ENV.buildImages,
      PROJECT_ENV.repositoryUrl,
    ],
  );

  test('pushes only after the build in the same command', () => {
    const { phases } = buildspec;
    const [command = ''] = phases.build?.commands ?? [];
    expect(command.indexOf('docker build ')).toBeGreaterThan(0);
    expect(command.indexOf('docker push')).toBeGreaterThan(command.indexOf('docker build '));
    expect(phases.post_build).toBeUndefined();
  });

  test('runs the tests before each of the two builds that push, and ends with their exit status', () => {
    const [command = ''] = buildspec.phases.build?.commands ?? [];
    const tests = [...command.matchAll(/\bbuild [^\n]*"\$\{test\[@\]\}" \|\| \{(?:\n.*){2}\n +exit 86\n +\}/g)];
    expect(tests).toHaveLength(2);
    const builds = [...command.matchAll(/\bbuild "\$\{arguments\[@\]\}"/g)];
    expect(builds.map(({ index }, each) => index > (tests[each]?.index ?? Number.POSITIVE_INFINITY))).toEqual([
      true,
      true,
    ]);
  });
});
