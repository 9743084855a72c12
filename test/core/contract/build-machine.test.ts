import { LinuxArmBuildImage, LinuxBuildImage } from 'aws-cdk-lib/aws-codebuild';
import { machineOf } from '../../../core/contract/job';
import { codeBuildMachine, codeBuildMachines } from '../../../core/image/build-images';

describe('the machine of a service', () => {
  test.each([
    { platforms: [], architecture: 'x86_64' },
    { platforms: ['linux/amd64'], architecture: 'x86_64' },
    { platforms: ['linux/arm64'], architecture: 'arm64' },
    { platforms: ['linux/arm64/v8'], architecture: 'arm64' },
    { platforms: ['linux/arm64', 'linux/amd64'], architecture: 'x86_64' },
    { platforms: ['linux/arm/v7'], architecture: 'x86_64' },
  ])('for $platforms has $architecture CPUs', ({ platforms, architecture }) => {
    expect(machineOf({ platforms }).architecture).toBe(architecture);
  });

  test('is of the size that the catalog says, else medium', () => {
    expect(machineOf({ compute: '2xlarge', platforms: [] }).compute).toBe('2xlarge');
    expect(machineOf({ platforms: [] }).compute).toBe('medium');
  });
});

describe('a machine in the words of CodeBuild', () => {
  test('has an image for its CPU that can run Docker', () => {
    expect(codeBuildMachine({ compute: 'large', architecture: 'arm64' })).toEqual({
      computeType: 'BUILD_GENERAL1_LARGE',
      environmentType: LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0.type,
      environmentImage: LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0.imageId,
    });
    expect(codeBuildMachine({ compute: '2xlarge', architecture: 'x86_64' })).toEqual({
      computeType: 'BUILD_GENERAL1_2XLARGE',
      environmentType: LinuxBuildImage.STANDARD_7_0.type,
      environmentImage: LinuxBuildImage.STANDARD_7_0.imageId,
    });
  });

  test('has the fleet of its size and CPU, an empty one if none is for it, and none without the setting', () => {
    const arn = 'arn:aws:codebuild:eu-central-1:123456789012:fleet/images:0a1b2c3d';
    const fleets = [{ arn, compute: 'large', architecture: 'arm64' }] as const;
    const fleetOf = (compute: 'large' | 'small', architecture: 'arm64' | 'x86_64') =>
      codeBuildMachine({ compute, architecture }, {}, fleets).fleet;

    expect(fleetOf('large', 'arm64')).toEqual({ FleetArn: arn });
    expect(fleetOf('large', 'x86_64')).toEqual({});
    expect(fleetOf('small', 'arm64')).toEqual({});
    expect(codeBuildMachine({ compute: 'large', architecture: 'arm64' })).not.toHaveProperty('fleet');
  });

  test('is one of ten', () => {
    expect(new Set(codeBuildMachines().map((machine) => JSON.stringify(machine))).size).toBe(10);
  });
});
