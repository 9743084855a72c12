/** CPUs and memory of CodeBuild's on-demand Linux machines. */
import { type BuildMachine, COMPUTE_SIZES } from '../../contract/job';

export interface MachineSize {
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
}

/** Bytes of a GiB. */
export const GIB = 2 ** 30;

/**
 * CPUs and GiB. "On-demand environment types" of the user guide, each row checked in November 2026:
 * https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-compute-types.html. Older copies of that page have 3, 7, 15, 70 and 145 GB
 * for x86_64; the values here are those of the API reference (`ProjectEnvironment`).
 */
const SIZES: Readonly<
  Record<BuildMachine['architecture'], Readonly<Record<BuildMachine['compute'], [number, number]>>>
> = {
  x86_64: { small: [2, 4], medium: [4, 8], large: [8, 16], xlarge: [36, 72], '2xlarge': [72, 144] },
  arm64: { small: [2, 4], medium: [4, 8], large: [8, 16], xlarge: [32, 64], '2xlarge': [48, 96] },
};

/** Returns what a machine has. */
export function machineSize({ architecture, compute }: BuildMachine): MachineSize {
  const [cpus, gib] = SIZES[architecture][compute];
  return { cpus, memory: gib * GIB };
}

/** Returns the machine of a recorded name such as `x86_64 medium`, or undefined for one of another kind. */
export function recordedMachine(name: string): BuildMachine | undefined {
  const [cpu, size] = name.split(' ');
  const compute = COMPUTE_SIZES.find((each) => each === size);
  if (compute === undefined || (cpu !== 'x86_64' && cpu !== 'arm64')) return undefined;
  return { compute, architecture: cpu };
}
