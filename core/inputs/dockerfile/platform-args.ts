/** The arguments that Docker defines itself (https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope). */

/** Architectures whose name Docker does not change, with the variant that it leaves out or adds. */
const VARIANTS: Readonly<Record<string, { readonly omitted?: string; readonly added?: string }>> = {
  amd64: { omitted: 'v1' },
  arm64: { omitted: 'v8' },
  arm: { added: 'v7' },
  '386': {},
  ppc64le: {},
  s390x: {},
  riscv64: {},
};

/**
 * Values of the automatic arguments. Null stands for what depends on the machine that builds: everything about it, and the
 * target as well where the service names no platform or one whose name Docker would normalise.
 */
export function platformArgs(
  platform: string | undefined,
  stage: string | undefined,
  buildArgs: Readonly<Record<string, string>>,
): Map<string, string | null> {
  const target = platform === undefined ? undefined : parsePlatform(platform);
  const values = new Map<string, string | null>([
    ['BUILDPLATFORM', null],
    ['BUILDOS', null],
    ['BUILDOSVERSION', null],
    ['BUILDARCH', null],
    ['BUILDVARIANT', null],
    ['TARGETPLATFORM', target?.all ?? null],
    ['TARGETOS', target?.os ?? null],
    ['TARGETOSVERSION', target === undefined ? null : ''],
    ['TARGETARCH', target?.architecture ?? null],
    ['TARGETVARIANT', target?.variant ?? null],
    ['TARGETSTAGE', stage ?? 'default'],
  ]);
  for (const name of values.keys()) {
    const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
    if (given !== undefined) values.set(name, given);
  }
  return values;
}

interface Platform {
  readonly all: string;
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

function parsePlatform(platform: string): Platform | undefined {
  const [os, architecture = '', written = '', ...more] = platform.split('/');
  const rules = Object.hasOwn(VARIANTS, architecture) ? VARIANTS[architecture] : undefined;
  if (os !== 'linux' || rules === undefined || more.length > 0 || /[A-Z]/.test(written)) return undefined;
  const variant = written === '' ? (rules.added ?? '') : written === rules.omitted ? '' : written;
  return { all: [os, architecture, variant].filter((part) => part !== '').join('/'), os, architecture, variant };
}
