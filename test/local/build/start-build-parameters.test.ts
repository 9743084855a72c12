import { parseStartBuildParameters } from '../../../local/build/start-build-parameters';
import { startModuleRequest } from './start-module-request';

const VARIABLES = {
  RUN_ID: 'run-1',
  SERVICE: 'auth',
  INPUT_DIGEST: 'abc',
  CANDIDATE_IMAGE: 'registry.example/candidates:auth.abc',
  BASE_IMAGES: '{"digests":{},"images":{},"noCache":false}',
  SOURCE_COMMIT: 'c'.repeat(40),
};

function parameters(part: object = {}) {
  return {
    ProjectName: 'project',
    SourceTypeOverride: 'S3',
    SourceLocationOverride: 'bucket/sources/c/',
    EnvironmentVariablesOverride: Object.entries(VARIABLES).map(([Name, Value]) => ({
      Name,
      Value,
      Type: 'PLAINTEXT',
    })),
    TimeoutInMinutesOverride: 15,
    ComputeTypeOverride: 'BUILD_GENERAL1_LARGE',
    EnvironmentTypeOverride: 'ARM_CONTAINER',
    ImageOverride: 'aws/codebuild/amazonlinux-aarch64-standard:3.0',
    IdempotencyToken: 't'.repeat(64),
    ...part,
  };
}

const withVariables = (...more: readonly object[]) =>
  parameters({ EnvironmentVariablesOverride: [...parameters().EnvironmentVariablesOverride, ...more] });

describe('parseStartBuildParameters', () => {
  test('reads the parameters of the state machine', () => {
    expect(parseStartBuildParameters(parameters())).toEqual({
      kind: 'image',
      projectName: 'project',
      source: 'bucket/sources/c/',
      variables: VARIABLES,
      machine: {
        computeType: 'BUILD_GENERAL1_LARGE',
        environmentType: 'ARM_CONTAINER',
        environmentImage: 'aws/codebuild/amazonlinux-aarch64-standard:3.0',
      },
      timeoutMinutes: 15,
      token: 't'.repeat(64),
    });
  });

  test('takes a fleet, which changes nothing on this machine, and refuses any other override of one', () => {
    const plain = parseStartBuildParameters(parameters());

    expect(parseStartBuildParameters(parameters({ FleetOverride: { FleetArn: 'arn' } }))).toEqual(plain);
    expect(parseStartBuildParameters(parameters({ FleetOverride: {} }))).toEqual(plain);
    expect(() => parseStartBuildParameters(parameters({ FleetOverride: { FleetArn: '' } }))).toThrow(/FleetArn/);
    expect(() => parseStartBuildParameters(parameters({ FleetOverride: { fleetArn: 'arn' } }))).toThrow(/fleetArn/);
  });

  test.each<[string, object, RegExp]>([
    [
      'a variable that would be read from a secret',
      withVariables({ Name: 'SERVICE', Value: 'x', Type: 'SECRETS_MANAGER' }),
      /EnvironmentVariablesOverride\.6\.Type/,
    ],
    ['a variable that no job has', withVariables({ Name: 'PATH', Value: '/', Type: 'PLAINTEXT' }), /\.6\.Name/],
    [
      'a variable that the project sets',
      withVariables({ Name: 'JOB_TOOL', Value: '/', Type: 'PLAINTEXT' }),
      /\.6\.Name/,
    ],
    [
      'the same variable twice',
      withVariables({ Name: 'SERVICE', Value: 'x', Type: 'PLAINTEXT' }),
      /SERVICE is set 2 times/,
    ],
    ['no variables', parameters({ EnvironmentVariablesOverride: [] }), /RUN_ID is set 0 times.*SERVICE is set 0/],
    ['another image', parameters({ ImageOverride: 'evil' }), /ImageOverride: .*evil is not a machine/],
    [
      'an image that is not for the machine',
      parameters({ EnvironmentTypeOverride: 'LINUX_CONTAINER' }),
      /not a machine/,
    ],
    ['no machine', parameters({ ComputeTypeOverride: undefined }), /ComputeTypeOverride/],
    ['another buildspec', parameters({ BuildspecOverride: 'version: 0.2' }), /BuildspecOverride/],
    ['less time than CodeBuild allows', parameters({ TimeoutInMinutesOverride: 4 }), /TimeoutInMinutesOverride/],
    ['a token that is too long', parameters({ IdempotencyToken: 't'.repeat(65) }), /IdempotencyToken/],
  ])('refuses %s', (_what, value, message) => {
    expect(() => parseStartBuildParameters(value)).toThrow(
      expect.objectContaining({
        name: 'CodeBuild.InvalidInputException',
        message: expect.stringMatching(message),
      }),
    );
  });
});

describe('parseStartBuildParameters of a module', () => {
  const source = { location: 'bucket/sources/c/', commit: 'c'.repeat(40), contents: new Map([['tools/lib', 'abc']]) };
  const ofModule = (part: object = {}) => ({
    ...startModuleRequest({ source, module: 'tools/lib', packages: 'bucket/packages/tools/lib/abc/' }),
    ...part,
  });

  test('reads the parameters of the state machine', () => {
    expect(parseStartBuildParameters(ofModule())).toEqual({
      kind: 'module',
      projectName: 'modules',
      source: 'bucket/sources/c/',
      variables: {
        RUN_ID: 'run-1',
        MODULE: 'tools/lib',
        PACKAGE_KIND: 'python',
        CONTENT_DIGEST: 'abc',
        PACKAGE_VERSION: expect.stringMatching(/^0\.1\.0\.dev\d+$/),
        PACKAGE_FOLDER: 'bucket/packages/tools/lib/abc/',
        SOURCE_COMMIT: 'c'.repeat(40),
      },
      timeoutMinutes: 15,
      token: 'token-tools/lib',
    });
  });

  const withMore = (Name: string, Type = 'PLAINTEXT') =>
    ofModule({
      EnvironmentVariablesOverride: [...ofModule().EnvironmentVariablesOverride, { Name, Value: 'x', Type }],
    });

  test.each<[string, object, RegExp]>([
    [
      'a machine, which the project has',
      ofModule({ ComputeTypeOverride: 'BUILD_GENERAL1_LARGE' }),
      /ComputeTypeOverride/,
    ],
    ['another image', ofModule({ ImageOverride: 'evil' }), /ImageOverride/],
    ['another buildspec', ofModule({ BuildspecOverride: 'version: 0.2' }), /BuildspecOverride/],
    ['a variable of an image', withMore('SERVICE'), /EnvironmentVariablesOverride\.7\.Name/],
    ['a variable that the project sets', withMore('PACKAGE_DOMAIN'), /EnvironmentVariablesOverride\.7\.Name/],
    ['a module that is read from a secret', withMore('MODULE', 'SECRETS_MANAGER'), /\.7\.Type/],
    ['two modules', withMore('MODULE'), /MODULE is set 2 times/],
    ['a source that is no folder', ofModule({ SourceLocationOverride: 'bucket/source.zip' }), /SourceLocationOverride/],
  ])('refuses %s', (_what, value, message) => {
    expect(() => parseStartBuildParameters(value)).toThrow(
      expect.objectContaining({ name: 'CodeBuild.InvalidInputException', message: expect.stringMatching(message) }),
    );
  });
});
