// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
/**
 * The arguments that Docker defines itself, by the platform of a service:
 * https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
 */
import { type Files, inputsOf } from '../../support/docker/docker-context';

const NAMES = ['TARGETPLATFORM', 'TARGETOS', 'TARGETOSVERSION', 'TARGETARCH', 'TARGETVARIANT'];

/** The value of an argument, as the name of the only folder that is read; undefined if it is not known. */
function argumentOf(name: string, service: object, values: readonly string[]): string | undefined {
  const places = [...new Set(values)];
  const copied = Object.fromEntries(places.map((value) => [`is-${value.replaceAll('/', '_')}/x`, '']));
  const dockerfile = `ARG ${name}\nFROM scratch AS named\nARG ${name}\nENV V=\${${name}//\\//_}\nCOPY is-$V /\n`;
  const files: Files = { Dockerfile: dockerfile, ...copied };
  const { files: read, doubts } = inputsOf(files, service);
  if (doubts.some(({ text }) => text.includes('which only the build knows'))) return undefined;
  return read.map(({ path }) => /^is-(.*)\/x$/.exec(path)?.[1]?.replaceAll('_', '/')).join();
}

test.each<[string, readonly string[]]>([
  ['linux/amd64', ['linux/amd64', 'linux', '', 'amd64', '']],
  ['linux/amd64/v1', ['linux/amd64', 'linux', '', 'amd64', '']],
  ['linux/amd64/v2', ['linux/amd64/v2', 'linux', '', 'amd64', 'v2']],
  ['linux/arm64', ['linux/arm64', 'linux', '', 'arm64', '']],
  ['linux/arm64/v8', ['linux/arm64', 'linux', '', 'arm64', '']],
  ['linux/arm', ['linux/arm/v7', 'linux', '', 'arm', 'v7']],
  ['linux/arm/v6', ['linux/arm/v6', 'linux', '', 'arm', 'v6']],
  ['linux/386', ['linux/386', 'linux', '', '386', '']],
  ['linux/ppc64le', ['linux/ppc64le', 'linux', '', 'ppc64le', '']],
  ['linux/s390x', ['linux/s390x', 'linux', '', 's390x', '']],
  ['linux/riscv64', ['linux/riscv64', 'linux', '', 'riscv64', '']],
])('for %s', (platform, expected) => {
  const found = NAMES.map((name) => argumentOf(name, { platforms: [platform] }, expected));

  expect(found).toEqual(expected);
});

test.each(['windows/amd64', 'linux/x86_64', 'linux/toString', 'linux/arm64/V8', 'linux/arm/v7/x', 'linux'])(
  'are not known for %s, whose name Docker may change',
  (platform) => {
    const values = [platform, ...platform.split('/'), ''];

    expect(NAMES.map((name) => argumentOf(name, { platforms: [platform] }, values))).toEqual(
      NAMES.map(() => undefined),
    );
  },
);

test('are not known without a platform, nor are those of the machine that builds', () => {
  const build = ['BUILDPLATFORM', 'BUILDOS', 'BUILDOSVERSION', 'BUILDARCH', 'BUILDVARIANT'];
  const ofBuild = build.map((name) => argumentOf(name, { platforms: ['linux/amd64'] }, ['linux', 'amd64', '']));

  expect(NAMES.map((name) => argumentOf(name, {}, ['linux', 'amd64', '']))).toEqual(NAMES.map(() => undefined));
  expect(ofBuild).toEqual(build.map(() => undefined));
});

test('are those of the service, if it gives them', () => {
  const service = { platforms: ['linux/amd64'], buildArgs: { TARGETARCH: 'mine', BUILDARCH: 'other' } };

  expect(argumentOf('TARGETARCH', service, ['amd64', 'mine'])).toBe('mine');
  expect(argumentOf('BUILDARCH', service, ['amd64', 'other'])).toBe('other');
});

test.each([
  ['the target', { target: 'Named' }, 'Named'],
  ['the last stage without a target', {}, 'last'],
])('name %s', (_, service, expected) => {
  const files: Files = {
    Dockerfile: 'ARG TARGETSTAGE\nFROM scratch AS named\nARG TARGETSTAGE\nCOPY $TARGETSTAGE /\nFROM named AS last\n',
    'Named/x': '',
    'last/x': '',
  };

  expect(inputsOf(files, service).files.map(({ path }) => path)).toEqual([`${expected}/x`]);
});

test('call a stage without a name by its default', () => {
  const files: Files = {
    Dockerfile: 'FROM scratch\nARG TARGETSTAGE\nCOPY $TARGETSTAGE /\n',
    'default/x': '',
    'y/x': '',
  };

  expect(inputsOf(files).files.map(({ path }) => path)).toEqual(['default/x']);
});
