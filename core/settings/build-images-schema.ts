/** The schema of the images that builds run, instead of those pinned in `core/image/build-images.ts`, and of the fleets that they run on. */
import * as z from 'zod';
import type { Problem } from '../contract/errors';
import { COMPUTE_SIZES } from '../contract/job';
import { text } from './files/text';

const imageByDigest = text(
  /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+@sha256:[0-9a-f]{64}$/,
  'an image with its host and by digest, docker.io/moby/buildkit@sha256:<64 hex digits>, because a tag can move to other content',
);

const machineImage = text(
  /^aws\/codebuild\/[a-z0-9_-]+:[a-zA-Z0-9._-]+$/,
  'an image of CodeBuild itself, aws/codebuild/standard:7.0, because builds have no right to pull another one',
);

/** The images of builds. Each replaces a pinned one. */
export const BuildImages = z.strictObject({
  /** BuildKit, by digest. Default: the pinned one. @example "docker.io/moby/buildkit@sha256:6c2fa84a6b61ccd72899dde4239f8d5717f05f9a8ca6f3cad185fb1a95a94de3" */
  buildkit: imageByDigest.optional(),
  /** The emulators of other CPUs, by digest. Default: the pinned ones. @example "docker.io/tonistiigi/binfmt@sha256:400a4873b838d1b89194d982c45e5fb3cda4593fbfd7e08a02e76b03b21166f0" */
  emulators: imageByDigest.optional(),
  /** The scanner that makes the SBOM, by digest. Default: the pinned one. @example "docker.io/docker/buildkit-syft-scanner@sha256:ae4f3b554449e7e25548e7d8ccc029d17357348e30c6e3df01b92bc93654d6a9" */
  sbomScanner: imageByDigest.optional(),
  /** CodeBuild's image of the machine by CPU, which has no digest. Default: the newest image of a named line. @example { "x86_64": "aws/codebuild/standard:7.0" } */
  machines: z
    .strictObject({
      /** For x86_64. Default: the newest of `aws/codebuild/standard:7.0`. @example "aws/codebuild/standard:7.0" */
      x86_64: machineImage.optional(),
      /** For arm64. Default: the newest of `aws/codebuild/amazonlinux-aarch64-standard:3.0`. @example "aws/codebuild/amazonlinux-aarch64-standard:3.0" */
      arm64: machineImage.optional(),
    })
    .optional(),
});

/** A region is part of the ARN. The name is followed by the id that CodeBuild gave the fleet. */
const FLEET_ARN = /^arn:aws[a-z-]*:codebuild:([a-z0-9-]+):\d{12}:fleet\/[A-Za-z0-9][A-Za-z0-9_-]{1,127}:[A-Za-z0-9-]+$/;

/** Reserved capacity of CodeBuild: the machines of one size and CPU. */
export const Fleet = z.strictObject({
  /** The ARN of the fleet, in the region of the stack. @example "arn:aws:codebuild:eu-central-1:123456789012:fleet/images:0a1b2c3d-4e5f-6789-abcd-ef0123456789" */
  arn: text(FLEET_ARN, 'the ARN of a fleet, arn:aws:codebuild:<region>:<account>:fleet/<name>:<id>'),
  /** The size of its machines, as in the catalog. CodeBuild calls it `BUILD_GENERAL1_MEDIUM` and so on. @example "medium" */
  compute: z.enum(COMPUTE_SIZES),
  /** The CPU of its machines. The type of the fleet is `LINUX_CONTAINER` for x86_64, and `ARM_CONTAINER` for arm64. */
  architecture: z.enum(['x86_64', 'arm64']).default('x86_64'),
});

export type Fleet = z.infer<typeof Fleet>;

/** Returns the region of a fleet. */
export function fleetRegion({ arn }: Pick<Fleet, 'arn'>): string | undefined {
  return FLEET_ARN.exec(arn)?.[1];
}

/** Returns the problems of fleets beside each other: a machine has one fleet, a fleet one kind of machine, and a stack one region. */
export function fleetProblems(fleets: readonly Fleet[]): Problem[] {
  return fleets.flatMap((fleet, index) => {
    const before = fleets.slice(0, index);
    const path = `fleets.${index}`;
    const found: Problem[] = [];
    if (before.some(({ arn }) => arn === fleet.arn)) {
      found.push({ path: `${path}.arn`, message: 'is given twice; a fleet has one kind of machine, so name it once' });
    }
    const sameKind = ({ compute, architecture }: Fleet) =>
      compute === fleet.compute && architecture === fleet.architecture;
    if (before.some(sameKind)) {
      const message = `is a second fleet of ${fleet.compute} ${fleet.architecture} machines; give one fleet more machines instead`;
      found.push({ path, message });
    }
    const [first] = before;
    if (first !== undefined && fleetRegion(first) !== fleetRegion(fleet)) {
      const message = `is in ${fleetRegion(fleet)}, and fleets.0 in ${fleetRegion(first)}; name fleets of the stack's region only`;
      found.push({ path: `${path}.arn`, message });
    }
    return found;
  });
}
