/** What a job runs on: in the catalog's words, and in CodeBuild's. */
import type { Service } from './catalog/catalog';

/** CodeBuild's on-demand Linux machines, `general1.small` and so on: 2, 4, 8, 36 and 72 CPUs. */
export const COMPUTE_SIZES = ['small', 'medium', 'large', 'xlarge', '2xlarge'] as const;
export type ComputeSize = (typeof COMPUTE_SIZES)[number];

/** A size of a machine, and the kind of its CPU. */
export interface BuildMachine {
  readonly compute: ComputeSize;
  readonly architecture: 'x86_64' | 'arm64';
}

/** What the build project asks for where nothing else is said. */
export const USUAL_MACHINE: BuildMachine = { compute: 'medium', architecture: 'x86_64' };

/** The machine of every module: it runs no Docker and builds no image. */
export const MODULE_MACHINE: BuildMachine = { compute: 'small', architecture: 'x86_64' };

/** The machine for a service: one with ARM CPUs if that is all that its image is for, so that nothing has to be emulated. */
export function machineOf({ compute, platforms = [] }: Partial<Pick<Service, 'compute' | 'platforms'>>): BuildMachine {
  const isArm = platforms.length > 0 && platforms.every((platform) => /^linux\/arm64(\/|$)/.test(platform));
  return { compute: compute ?? USUAL_MACHINE.compute, architecture: isArm ? 'arm64' : 'x86_64' };
}

/** A machine in the words of CodeBuild's StartBuild. */
export interface CodeBuildMachine {
  readonly computeType: string;
  readonly environmentType: (typeof ENVIRONMENTS)[keyof typeof ENVIRONMENTS]['environmentType'];
  /** What runs on the machine, Docker included. Of AWS; both have the Node that the buildspec asks for. */
  readonly environmentImage: (typeof ENVIRONMENTS)[keyof typeof ENVIRONMENTS]['environmentImage'];
}

/** https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html */
const ENVIRONMENTS = {
  x86_64: { environmentType: 'LINUX_CONTAINER', environmentImage: 'aws/codebuild/standard:7.0' },
  arm64: { environmentType: 'ARM_CONTAINER', environmentImage: 'aws/codebuild/amazonlinux-aarch64-standard:3.0' },
} as const;

/** Every machine that a job can be given, as CodeBuild calls it. */
export const CODE_BUILD_MACHINES: readonly CodeBuildMachine[] = COMPUTE_SIZES.flatMap((compute) =>
  (['x86_64', 'arm64'] as const).map((architecture) => codeBuildMachine({ compute, architecture })),
);

/** The machine as CodeBuild calls it. */
export function codeBuildMachine({ compute, architecture }: BuildMachine): CodeBuildMachine {
  return { computeType: `BUILD_GENERAL1_${compute.toUpperCase()}`, ...ENVIRONMENTS[architecture] };
}
