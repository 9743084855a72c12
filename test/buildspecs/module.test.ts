/** `buildspecs/module.yml` reads only what the contract names, and quotes it. */
import { AUTHORITIES_ENV, MODULE_JOB_ENV, MODULE_PROJECT_ENV } from '../../core/contract/job-environment';
import { buildspecContract, readBuildspec } from '../contracts/buildspec-contract';

const buildspec = readBuildspec('module');

describe('the buildspec of a module', () => {
  buildspecContract(
    buildspec,
    [...Object.values(MODULE_JOB_ENV), ...Object.values(MODULE_PROJECT_ENV), ...Object.values(AUTHORITIES_ENV), 'PATH'],
    [MODULE_JOB_ENV.contentDigest, MODULE_JOB_ENV.version, MODULE_PROJECT_ENV.catalogFile],
  );

  test('stores the package last, after the tests, and runs nothing after a failed build', () => {
    const { commands, phases } = buildspec;
    const leaving = commands.findIndex((command) => command.includes('$PACKAGE_FOLDER'));

    expect(leaving).toBe(commands.length - 1);
    expect(commands.findIndex((command) => command.includes('job/tests'))).toBe(leaving - 1);
    expect(commands.at(-1)).toContain('done < job/objects');
    expect(phases.post_build).toBeUndefined();
  });

  test('calls the job tool by its commands only', () => {
    const called = [...buildspec.script.matchAll(/job-tool\.cjs (\w+)/g)].map(([, command]) => command);
    expect(called).toEqual(['module', 'packages']);
  });
});
