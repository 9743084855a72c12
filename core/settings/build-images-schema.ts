/** The schema of the images that builds run, instead of those pinned in `core/image/build-images.ts`. */
import * as z from 'zod';
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
