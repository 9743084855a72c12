/** The images that builds run: all by digest, all named in one file, and the newest version of a list of tags. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildImages, MACHINE_IMAGES, newestVersion, PINNED_IMAGES } from '../../../core/image/build-images';
import { parseReference } from '../../../core/image/reference';

const ROOT = join(__dirname, '../../..');

/** Everything that says what a build machine runs. */
const BUILD_PATH = ['buildspecs', 'lib', 'core', 'lambdas', 'local/build', 'adapters'];

/** Names of images that no list could know: by digest, of the makers of build tools, or of CodeBuild. */
const IMAGE_NAMES = [
  /@sha256:[0-9a-f]{64}/,
  /\b(moby|tonistiigi|docker|docker\.io|ghcr\.io|public\.ecr\.aws|quay\.io|gcr\.io)\/[a-z][\w-]*[\w./-]*/,
  /\baws\/codebuild\/[a-z]/,
  /\b(Linux|LinuxArm|Windows)BuildImage\.[A-Z]/,
  /\bdocker (run|pull) [a-z]/,
  /--sbom\b/,
];

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)(\/\/|#) .*$/gm, '$1');
}

function namesIn(text: string): readonly string[] {
  return IMAGE_NAMES.flatMap((pattern) => withoutComments(text).match(pattern)?.[0] ?? []);
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|yml|mjs)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath ?? entry.path, entry.name)));
}

/** Texts for people that show what a reference looks like, addresses that are no image, and an option of ko that turns its SBOM off. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  'adapters/registry/client/keychain.ts': ['docker.io/v1/'],
  'adapters/registry/client/known-registries.ts': ['docker.io/v1/'],
  'buildspecs/image.yml': ['docker/certs.d'],
  'core/catalog-init/tools/skaffold.ts': ['gcr.io/buildpacks/builder'],
  'core/catalog/commands/image-tools.ts': ['docker/buildx/bake/', '--sbom'],
  'core/input-digest/discover-inputs.ts': ['docker/dockerfile'],
  'core/settings/build-images-schema.ts': ['docker.io/moby/buildkit', 'aws/codebuild/s'],
};

describe('the images of builds', () => {
  test('are named in no other file of the build path', () => {
    const elsewhere = BUILD_PATH.flatMap(filesOf)
      .filter((file) => file !== 'core/image/build-images.ts')
      .map((file) => [file, namesIn(readFileSync(join(ROOT, file), 'utf8'))] as const)
      .filter(([, names]) => names.length > 0);

    expect(Object.fromEntries(elsewhere)).toEqual(EXAMPLES);
  });

  test('would be noticed elsewhere', () => {
    const used = ["'moby/buildkit:latest'", 'docker run alpine true', 'LinuxBuildImage.STANDARD_7_0', "'--sbom=true'"];

    expect(used.map((text) => namesIn(text).length)).toEqual([1, 1, 1, 1]);
    expect(namesIn('/** Built by moby/buildkit:v1. */\n// docker run alpine\nconst a = 1;')).toEqual([]);
  });

  test('are on Docker Hub and by digest, except those of CodeBuild, which have none', () => {
    for (const reference of Object.values(buildImages())) {
      expect(parseReference(reference)).toEqual({
        host: 'docker.io',
        repository: expect.any(String),
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      });
    }
    for (const image of Object.values(MACHINE_IMAGES)) expect(image).toMatch(/^aws\/codebuild\/[a-z0-9-]+:\d\.0$/);
    for (const { version, versions } of Object.values(PINNED_IMAGES)) expect(version).toMatch(versions);
  });

  test('are replaced one by one', () => {
    const own = `registry.example/own@sha256:${'1'.repeat(64)}`;

    expect(buildImages({ emulators: own })).toEqual({ ...buildImages(), emulators: own });
  });
});

describe('the newest version', () => {
  test.each([
    ['buildkit', ['v0.9.3', 'v0.33.0', 'v0.10.0', 'v0.34.0-rc1', 'latest', 'v0.33.0-rootless'], 'v0.33.0'],
    ['emulators', ['qemu-v9.2.0', 'qemu-v10.2.3', 'qemu-v10.2.3-68', 'master', 'qemu-v10.0.4-9'], 'qemu-v10.2.3-68'],
    ['sbomScanner', ['1.9.0', '1.12.0', '1.12.0-amd64', 'stable-1', '1.2'], '1.12.0'],
    ['buildkit', ['latest', 'nightly'], undefined],
  ] as const)('of %s among %j is %s', (name, tags, newest) => {
    expect(newestVersion(PINNED_IMAGES[name], tags)).toBe(newest);
  });
});
