/**
 * Every image that a build runs besides those of the Dockerfile, in the one place that names them. The three that run privileged, or read what is
 * built, are pinned by digest. The setting `buildImages` replaces each; `pipeline images` looks for newer ones.
 */
import { type BuildMachine, COMPUTE_SIZES, type CodeBuildMachine } from '../contract/job';

/** An image by digest. */
export interface PinnedImage {
  /** `repository` on Docker Hub. */
  readonly repository: string;
  /** The version that the digest had when it was pinned. Nothing resolves it. */
  readonly version: string;
  readonly digest: string;
  /** The form of the repository's versions. Each group is a number, the most significant first. */
  readonly versions: RegExp;
}

/** Each digest stands beside its version in lists of pins of several public repositories, read in November 2026. No registry was asked. */
export const PINNED_IMAGES = {
  /** Builds, in a privileged container. Seen in Caria-Core/zelie, internal/engine. */
  buildkit: {
    repository: 'moby/buildkit',
    version: 'v0.33.0',
    digest: 'sha256:6c2fa84a6b61ccd72899dde4239f8d5717f05f9a8ca6f3cad185fb1a95a94de3',
    versions: /^v(\d+)\.(\d+)\.(\d+)$/,
  },
  /** The emulators of QEMU, which a privileged container installs in the kernel of the machine. */
  emulators: {
    repository: 'tonistiigi/binfmt',
    version: 'qemu-v10.2.3-68',
    digest: 'sha256:400a4873b838d1b89194d982c45e5fb3cda4593fbfd7e08a02e76b03b21166f0',
    versions: /^qemu-v(\d+)\.(\d+)\.(\d+)(?:-(\d+))?$/,
  },
  /** Lists the packages of an image for its SBOM. BuildKit itself would take the tag `stable-1`, which moves. */
  sbomScanner: {
    repository: 'docker/buildkit-syft-scanner',
    version: '1.12.0',
    digest: 'sha256:ae4f3b554449e7e25548e7d8ccc029d17357348e30c6e3df01b92bc93654d6a9',
    versions: /^(\d+)\.(\d+)\.(\d+)$/,
  },
} as const satisfies Readonly<Record<string, PinnedImage>>;

export type BuildImageName = keyof typeof PINNED_IMAGES;

/** References by digest: `docker.io/moby/buildkit@sha256:...`. */
export type BuildImages = Readonly<Record<BuildImageName, string>>;

/** Returns the images of a deployment: those of its settings, and the pinned ones otherwise. */
export function buildImages(chosen: { readonly [Name in BuildImageName]?: string | undefined } = {}): BuildImages {
  const entries = Object.entries(PINNED_IMAGES).map(([name, image]) => [
    name,
    chosen[name as BuildImageName] ?? pinnedReference(image),
  ]);
  return Object.fromEntries(entries) as BuildImages;
}

/** Returns the reference by digest, as Docker resolves it. */
export function pinnedReference({ repository, digest }: Pick<PinnedImage, 'repository' | 'digest'>): string {
  return `docker.io/${repository}@${digest}`;
}

/** Returns the newest of the tags that have the form of the image's versions, undefined if none has. Release candidates have another form. */
export function newestVersion(
  { versions }: Pick<PinnedImage, 'versions'>,
  tags: readonly string[],
): string | undefined {
  const numbers = (tag: string) =>
    versions
      .exec(tag)
      ?.slice(1)
      .map((number) => Number(number ?? 0));
  return tags
    .filter((tag) => versions.test(tag))
    .toSorted((a, b) => compareNumbers(numbers(b) ?? [], numbers(a) ?? []))
    .at(0);
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((number, index) => number !== (b[index] ?? 0));
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/**
 * The image of the build machine itself, by CPU. CodeBuild's own images have no digest to pin. They have dated versions, but only the newest of
 * each is cached on its machines, and another one has to be downloaded before each job:
 * https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html. Both have Docker and the Node version of the buildspecs.
 */
export const MACHINE_IMAGES: Readonly<Record<BuildMachine['architecture'], string>> = {
  x86_64: 'aws/codebuild/standard:7.0',
  arm64: 'aws/codebuild/amazonlinux-aarch64-standard:3.0',
};

const ENVIRONMENT_TYPES = { x86_64: 'LINUX_CONTAINER', arm64: 'ARM_CONTAINER' } as const;

/** Returns the machine in CodeBuild's words, with the image and the fleet of the settings if they have one for it. */
export function codeBuildMachine(
  { compute, architecture }: BuildMachine,
  images: { readonly [Cpu in BuildMachine['architecture']]?: string | undefined } = {},
  fleets?: readonly (BuildMachine & { readonly arn: string })[],
): CodeBuildMachine {
  const fleet = fleets?.find((each) => each.compute === compute && each.architecture === architecture);
  return {
    computeType: `BUILD_GENERAL1_${compute.toUpperCase()}`,
    environmentType: ENVIRONMENT_TYPES[architecture],
    environmentImage: images[architecture] ?? MACHINE_IMAGES[architecture],
    ...(fleets === undefined ? {} : { fleet: fleet === undefined ? {} : { FleetArn: fleet.arn } }),
  };
}

/** Every machine that a job can get with these images, in CodeBuild's words. */
export function codeBuildMachines(images: Parameters<typeof codeBuildMachine>[1] = {}): readonly CodeBuildMachine[] {
  return COMPUTE_SIZES.flatMap((compute) =>
    (['x86_64', 'arm64'] as const).map((architecture) => codeBuildMachine({ compute, architecture }, images)),
  );
}
