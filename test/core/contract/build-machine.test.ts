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

  test('is one of ten', () => {
    expect(new Set(codeBuildMachines().map((machine) => JSON.stringify(machine))).size).toBe(10);
  });
});
