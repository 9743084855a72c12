/**
 * Versions of published modules: their order, and the next one. Grammar and order are those of PEP 440, of which semantic versions use a part:
 * https://packaging.python.org/en/latest/specifications/version-specifiers/
 */

/** A version that a module may have in its own right: a release, a pre-release or a post-release, in normal form. */
export interface ModuleVersion {
  readonly epoch: number;
  /** The numbers between dots, at least one. */
  readonly release: readonly number[];
  /** In PEP 440 `a`, `b` or `rc`, in a semantic version any word. */
  readonly pre?: { readonly letter: string; readonly number: number };
  readonly post?: number;
}

/** The text of versions in one kind of packages. `parse` returns undefined for any other text, development versions included. */
export interface VersionGrammar {
  readonly parse: (text: string) => ModuleVersion | undefined;
  readonly print: (version: ModuleVersion) => string;
}

const NUMBER = '(?:0|[1-9][0-9]{0,14})';
const VERSION = new RegExp(
  `^(?:(?<epoch>${NUMBER})!)?(?<release>${NUMBER}(?:\\.${NUMBER}){0,9})(?:(?<letter>a|b|rc)(?<pre>${NUMBER}))?(?:\\.post(?<post>${NUMBER}))?$`,
);

/** Parses a version. Returns undefined for any other text, development and local versions included. */
export function parseModuleVersion(text: string): ModuleVersion | undefined {
  const groups = VERSION.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { epoch = '0', release = '', letter, pre, post } = groups;
  return {
    epoch: Number(epoch),
    release: release.split('.').map(Number),
    ...(letter === undefined ? {} : { pre: { letter, number: Number(pre) } }),
    ...(post === undefined ? {} : { post: Number(post) }),
  };
}

/** Prints the version in normal form. */
export function printModuleVersion({ epoch, release, pre, post }: ModuleVersion): string {
  const parts = [epoch === 0 ? '' : `${epoch}!`, release.join('.'), pre === undefined ? '' : pre.letter + pre.number];
  return `${parts.join('')}${post === undefined ? '' : `.post${post}`}`;
}

/** Versions of Python packages. */
export const PEP_440: VersionGrammar = { parse: parseModuleVersion, print: printModuleVersion };

/** Compares two versions as installers do: negative if `a` comes before `b`, 0 if they are equal (`1.0` and `1.0.0`). */
export function compareModuleVersions(a: ModuleVersion, b: ModuleVersion): number {
  return (
    a.epoch - b.epoch || compareNumbers(a.release, b.release) || comparePre(a, b) || (a.post ?? -1) - (b.post ?? -1)
  );
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const length = Math.max(a.length, b.length);
  const differences = Array.from({ length }, (_, at) => (a[at] ?? 0) - (b[at] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

/** A pre-release comes before its release. */
function comparePre({ pre: a }: ModuleVersion, { pre: b }: ModuleVersion): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (a.letter !== b.letter) return a.letter < b.letter ? -1 : 1;
  return a.number - b.number;
}

/** The parts of a semantic version that a change can raise, the strongest first. */
const BUMPS = ['major', 'minor', 'patch'] as const;

export type Bump = (typeof BUMPS)[number];

/** Returns the part that a commit raises by its message: https://www.conventionalcommits.org/en/v1.0.0/ */
export function bumpOf(message: string): Bump {
  const { type = '', breaking } = /^(?<type>[A-Za-z]+)(?:\([^()\n]*\))?(?<breaking>!)?:\s/.exec(message)?.groups ?? {};
  if (breaking !== undefined || /^BREAKING[ -]CHANGE:\s/m.test(message)) return 'major';
  return type.toLowerCase() === 'feat' ? 'minor' : 'patch';
}

/** Raises one part. A pre-release only gets its next number, because a person decides when it is over. */
export function bumpVersion({ epoch, release, pre }: ModuleVersion, bump: Bump): ModuleVersion {
  if (pre !== undefined) return { epoch, release, pre: { ...pre, number: pre.number + 1 } };
  const [major = 0, minor = 0, patch = 0] = release;
  if (bump === 'major') return { epoch, release: [major + 1, 0, 0] };
  return { epoch, release: bump === 'minor' ? [major, minor + 1, 0] : [major, minor, patch + 1] };
}

/** The first version of a module that declares none: https://semver.org/#how-should-i-deal-with-revisions-in-the-0yz-initial-development-phase */
const FIRST_VERSION: ModuleVersion = { epoch: 0, release: [0, 1, 0] };

/** A commit that changed a module. */
interface ModuleCommit {
  readonly commit: string;
  readonly message: string;
}

/** What decides about the version of changed content. */
export interface VersionFacts {
  /** The version in the module's build file, if it has one. */
  readonly declared: ModuleVersion | undefined;
  /** The last version that a release gave the module, and the commit that it was planned at. */
  readonly last: { readonly version: ModuleVersion; readonly source: string } | undefined;
  /** The commits since then that changed the module. Undefined if they cannot be read. */
  readonly commits: readonly ModuleCommit[] | undefined;
}

/** A version, and the reason for it: what follows "since". */
export interface NextVersion {
  readonly version: ModuleVersion;
  readonly why: string;
}

/** Returns the version of changed content. A person decides by a declared version above the last one; otherwise the commits decide. */
export function nextModuleVersion(
  { declared, last, commits }: VersionFacts,
  { print }: Pick<VersionGrammar, 'print'> = PEP_440,
): NextVersion {
  if (last === undefined) {
    const why = declared === undefined ? 'it has no version yet' : 'its build file declares the version';
    return { version: declared ?? FIRST_VERSION, why };
  }
  const before = print(last.version);
  if (declared !== undefined && compareModuleVersions(declared, last.version) > 0) {
    return { version: declared, why: `its build file declares a version after ${before}` };
  }
  // Nothing shows that a change is compatible whose commits cannot be read.
  const bumps = commits?.map(({ message }) => bumpOf(message)) ?? ['major'];
  const bump = BUMPS.find((each) => bumps.includes(each)) ?? 'patch';
  const by = commits?.[bumps.indexOf(bump)]?.commit;
  const source =
    commits === undefined
      ? `: the commits after ${last.source.slice(0, 8)} cannot be read`
      : by === undefined
        ? ''
        : `, as commit ${by.slice(0, 8)} says`;
  return { version: bumpVersion(last.version, bump), why: `it is a ${bump} change after ${before}${source}` };
}
