/** `buildspecs/image.yml` reads only what the contract names, and quotes it. */
import { AUTHORITIES_ENV, JOB_ENV, MACHINE_JOB_ENV, PROJECT_ENV } from '../../core/contract/job-environment';
import { buildspecContract, readBuildspec } from '../contracts/buildspec-contract';

const buildspec = readBuildspec('image');

/** The script that every image runs. */
const perImage = () => buildspec.phases.install?.commands.find((command) => command.includes('> image.sh')) ?? '';

describe('the buildspec of an image', () => {
  buildspecContract(
    buildspec,
    [
      ...new Set(
        [JOB_ENV, MACHINE_JOB_ENV, PROJECT_ENV, AUTHORITIES_ENV].flatMap((names): string[] => Object.values(names)),
      ),
    ],
    [
      JOB_ENV.inputDigest,
      JOB_ENV.bases,
      PROJECT_ENV.catalogFile,
      PROJECT_ENV.releases,
      PROJECT_ENV.cacheRepository,
      PROJECT_ENV.mirrors,
      PROJECT_ENV.buildImages,
      PROJECT_ENV.secrets,
      PROJECT_ENV.repositoryUrl,
    ],
  );

  test('pushes only after the build in the same command', () => {
    const { phases } = buildspec;
    const command = perImage();
    expect(command.indexOf('docker build ')).toBeGreaterThan(0);
    expect(command.indexOf('docker push')).toBeGreaterThan(command.indexOf('docker build '));
    expect(phases.post_build).toBeUndefined();
  });

  test('runs the tests before each of the two builds that push, and ends with their exit status', () => {
    const command = perImage();
    const tests = [
      ...command.matchAll(/\b(?:cached|docker build) [^\n]*"\$\{test\[@\]\}" \|\| \{(?:\n.*){2}\n +exit 86\n +\}/g),
    ];
    expect(tests).toHaveLength(2);
    const builds = [...command.matchAll(/\b(?:cached|docker build) "\$\{arguments\[@\]\}"/g)];
    expect(builds.map(({ index }, each) => index > (tests[each]?.index ?? Number.POSITIVE_INFINITY))).toEqual([
      true,
      true,
    ]);
  });
});
