/** Reads the builds of command lines: `docker build`, `docker buildx build`, and those of Podman, Buildah, nerdctl and Kaniko. */
import { joinPath } from '../../input-digest/tree-index';
import { buildIn, type FoundBuild } from './build-file';

const COMMAND =
  /\b(?:(?:docker|podman|nerdctl)\s+(?:buildx\s+|image\s+)?build|buildah\s+(?:bud|build)|kaniko\/executor)(?=\s)/g;

/** Short options, and the long ones that take a value, in all of these programs. */
const SHORT: Readonly<Record<string, string>> = { t: 'tag', f: 'file', o: 'output', m: 'memory', c: 'cpu-shares' };
const WITH_VALUE = new Set(
  'tag file target build-arg platform label annotation cache-from cache-to output secret ssh network progress build-context builder iidfile metadata-file add-host shm-size ulimit memory memory-swap cpu-shares cpuset-cpus attest allow isolation security-opt no-cache-filter cgroup-parent call context dockerfile destination'.split(
    ' ',
  ),
);

/** Variables of CIs and shells that name the folder of the clone. */
const HERE = [
  'CI_PROJECT_DIR',
  'GITHUB_WORKSPACE',
  'PWD',
  'WORKSPACE',
  'BUILDKITE_BUILD_CHECKOUT_PATH',
  'CIRCLE_WORKING_DIRECTORY',
];

/** Returns the builds of a script that runs in `folder`. `variables` are those whose values are written out. */
export function commandBuilds(
  script: string,
  folder: string,
  variables: Readonly<Record<string, string>>,
): readonly FoundBuild[] {
  return [...script.matchAll(COMMAND)].slice(0, MAX_COMMANDS).flatMap(({ 0: name, index }) => {
    const words = wordsOf(script.slice(index + name.length), variables);
    const options = new Map<string, string[]>();
    const others: string[] = [];
    for (let at = 0; at < words.length; at++) {
      const word = words[at] ?? '';
      const [, short, long = SHORT[short ?? ''], joined] = /^(?:-(\w)|--([\w-]+))(?:=(.*))?$/s.exec(word) ?? [];
      if (long === undefined) {
        if (!word.startsWith('-')) others.push(word);
      } else if (joined !== undefined || WITH_VALUE.has(long)) {
        options.set(long, [...(options.get(long) ?? []), joined ?? words[++at] ?? '']);
      }
    }
    const isKaniko = name.startsWith('kaniko');
    return buildIn(joinPath(folder, changedFolder(script.slice(0, index))), {
      context: isKaniko ? (options.get('context')?.[0] ?? '.').replace(/^dir:\/\//, '') : others[0],
      dockerfile: (options.get('file') ?? options.get('dockerfile'))?.[0],
      fromFolder: true,
      target: options.get('target')?.[0],
      args: options.get('build-arg'),
      image: (options.get('tag') ?? options.get('destination'))?.[0],
    });
  });
}

/** Returns the folder of the last `cd` in a script. */
export function changedFolder(before: string): string {
  return [...before.matchAll(/(?:^|[;&|(\n])\s*cd\s+([\w./-]+)/g)].at(-1)?.[1] ?? '';
}

/** More and longer commands than people write are not read, so that a file of nothing but commands takes no time. */
const LONGEST_COMMAND = 10_000;

export const MAX_COMMANDS = 200;

/** Returns the words of a command up to its end, with quotes removed. A variable without a known value stays. */
export function wordsOf(script: string, variables: Readonly<Record<string, string>>): readonly string[] {
  const text = script.slice(0, LONGEST_COMMAND);
  const end = /(?<!\\)\n|;|&&|\|\||[|)<>]/.exec(
    text.replace(/"[^"\n]*"|'[^'\n]*'|\$\([^)\n]*\)/g, (quoted) => '_'.repeat(quoted.length)),
  )?.index;
  const command = text
    .slice(0, end)
    .replace(/\\\r?\n/g, ' ')
    .replaceAll('$(pwd)', '.');
  return [...command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word
      .replace(/"([^"]*)"|'([^']*)'/g, '$1$2')
      .replace(/\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})/g, (all, plain, braced, otherwise) => {
        const name = plain ?? braced;
        if (HERE.includes(name)) return '.';
        return variables[name] ?? otherwise ?? all;
      }),
  );
}
