/** `RUN` instructions that only install packages, and the files that tell them which. */

/** Files by name that a package manager reads. A name that begins with a dot or a star is an ending. */
interface PackageManager {
  readonly command: RegExp;
  readonly reads: readonly string[];
}

const NODE_FILES = ['package.json', '.npmrc', '.yarnrc', '.yarnrc.yml'];

/**
 * The install commands of package managers with their manifests and lock files, as their own documentation names them. `pip install .` is
 * none: it builds the project.
 */
const MANAGERS: readonly PackageManager[] = [
  { command: /^(apt-get|apt) .*\binstall\b/, reads: [] },
  { command: /^apk .*\badd\b/, reads: [] },
  { command: /^(dnf|yum|microdnf|zypper) .*\binstall\b/, reads: [] },
  { command: /^npm (.* )?(ci|i|install)\b/, reads: [...NODE_FILES, 'package-lock.json', 'npm-shrinkwrap.json'] },
  { command: /^yarn( install\b.*| --[\w-]+.*)?$/, reads: [...NODE_FILES, 'yarn.lock'] },
  { command: /^pnpm (.* )?(i|install|fetch)\b/, reads: [...NODE_FILES, 'pnpm-lock.yaml', 'pnpm-workspace.yaml'] },
  { command: /^bun (i|install)\b/, reads: [...NODE_FILES, 'bun.lock', 'bun.lockb'] },
  { command: /^(python3? -m )?pip3? install\b(?!.* (-e )?\.{1,2}(\/\S*)?( |$))/, reads: ['*.txt', '*.in', 'pip.conf'] },
  { command: /^poetry install\b.*--no-root\b/, reads: ['pyproject.toml', 'poetry.lock', 'poetry.toml'] },
  { command: /^uv sync\b.*--no-install-project\b/, reads: ['pyproject.toml', 'uv.lock', 'uv.toml'] },
  { command: /^pipenv (install|sync)\b/, reads: ['Pipfile', 'Pipfile.lock'] },
  { command: /^go mod download\b/, reads: ['go.mod', 'go.sum', 'go.work', 'go.work.sum'] },
  { command: /^(\.\/)?mvnw? .*dependency:(go-offline|resolve)/, reads: ['pom.xml', '*.xml', '*.properties'] },
  { command: /^cargo fetch\b/, reads: ['Cargo.toml', 'Cargo.lock', 'config.toml'] },
  { command: /^bundle install\b/, reads: ['Gemfile', 'Gemfile.lock', '*.gemspec', '.ruby-version'] },
  { command: /^composer install\b.*--no-autoloader\b/, reads: ['composer.json', 'composer.lock'] },
  {
    command: /^dotnet restore\b/,
    reads: [
      '*.csproj',
      '*.fsproj',
      '*.sln',
      '*.slnx',
      '*.props',
      '*.targets',
      'nuget.config',
      'NuGet.Config',
      'packages.lock.json',
      'global.json',
    ],
  },
];

/** Commands that stand beside an install and read no file of the project. */
const BESIDE =
  /^(apt-get|apt|apk|dnf|yum|microdnf) (update|upgrade|clean|autoremove)\b|^(dnf|yum|microdnf) (-y )?clean\b|^rm -\w+ \/(var|tmp|root)\/|^(npm|yarn|pnpm) (cache|config|store)\b|^corepack enable\b|^pip3? (cache purge|config)\b|^set -\w+$|^npm (install|i) (-g|--global)\b|^poetry config\b|^true$/;

/** Returns the names of the files that the instruction installs from; undefined if it does anything else, or it is not known. */
export function installReads(run: string): readonly string[] | undefined {
  const commands = run
    .replace(/^RUN( --\S+)* /, '')
    .split(/&&|;/)
    .map((command) => command.trim())
    .filter((command) => command !== '');
  const managers = commands
    .filter((command) => !BESIDE.test(command))
    .map((command) =>
      /[|<>`$(]/.test(command) ? undefined : MANAGERS.find(({ command: like }) => like.test(command)),
    );
  if (managers.length === 0 || managers.includes(undefined)) return undefined;
  return [...new Set(managers.flatMap((manager) => manager?.reads ?? []))];
}

/** Returns true if the path is one of the files. */
export function isRead(path: string, reads: readonly string[]): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return reads.some((each) => (each.startsWith('*') ? name.endsWith(each.slice(1)) : name === each));
}
