/** Small changes of a build's Dockerfile, ignore file and context, as people make them. */
import type { SpecialFile } from './docker-context';
import type { BuildCase } from './docker-context-cases';

/** The kinds of a change. */
export type ChangeKind = keyof typeof IN_DOCKERFILE | keyof typeof IN_IGNORE_FILE | 'file';

/** A change. `at` chooses the line or the file. */
export interface CaseChange {
  readonly kind: ChangeKind;
  readonly at: number;
}

type Lines = readonly string[];
type Edit = (lines: Lines, at: number) => Lines;

const insert =
  (...added: Lines): Edit =>
  (lines, at) => [...lines.slice(0, at), ...added, ...lines.slice(at)];

const edit =
  (change: (line: string) => string): Edit =>
  (lines, at) =>
    lines.map((line, index) => (index === at ? change(line) : line));

const swap: Edit = (lines, at) => [...lines.slice(0, at), ...lines.slice(at, at + 2).reverse(), ...lines.slice(at + 2)];

/** Inserts lines behind the line of a `FROM`, or before it. */
function atStage(added: Lines, offset: 0 | 1): Edit {
  return (lines, at) => {
    const stages = lines.flatMap((line, index) => (line.startsWith('FROM ') ? index : []));
    return insert(...added)(lines, (stages[at % stages.length] ?? 0) + offset);
  };
}

/** The argument that `withMetadata` puts above the first `FROM`. */
const ARGUMENT = 'ARG KIND=a';

/** Returns the case with what decides an image's configuration: arguments of the file, labels, comments in continued lines, a heredoc. */
export function withMetadata(build: BuildCase, at: number): BuildCase {
  const file = build.files[build.dockerfile];
  const lines = (typeof file === 'string' ? file : '').split('\n');
  const added = ['ARG OTHER', 'LABEL kind="$OTHER" \\', '  # a comment', '  more=1', 'CMD ["x"]', 'COPY <<END /made'];
  const changed = atStage([...added, '# content', '', 'END'], 1)(lines, at);
  return {
    ...build,
    files: { ...build.files, [build.dockerfile]: [ARGUMENT, 'ARG OTHER=$KIND', ...changed].join('\n') },
  };
}

const IN_DOCKERFILE = {
  comment: insert('  # COPY . /'),
  'blank line': insert(' \t'),
  'carriage return': edit((line) => `${line}\r`),
  'space at the end': edit((line) => `${line} `),
  'another stage': atStage(['FROM scratch AS other', 'COPY . /'], 0),
  'unused argument': (lines) => ['ARG UNUSED=1', ...lines],
  'value of an argument': (lines) => [`${ARGUMENT}b`, ...lines.slice(1)],
  'an instruction': atStage(['LABEL changed=1'], 1),
  'dropped line': (lines, at) => lines.filter((_, index) => index !== at),
  'swapped lines': swap,
  'another character': edit((line) => line.replace(/\S(?=.{0,2}$)/, 'q')),
  'two spaces': edit((line) => line.replace(' ', '  ')),
  'lower case': edit((line) => line.replace(/^[A-Z]+/, (word) => word.toLowerCase())),
  escape: (lines) => ['# escape=`', ...lines],
} satisfies Record<string, Edit>;

const IN_IGNORE_FILE = {
  'comment in the ignore file': insert('# *'),
  'blank line in the ignore file': insert(' '),
  'swapped lines of the ignore file': swap,
  'another pattern in the ignore file': insert('*/*'),
  'another exception in the ignore file': insert('!**/f*'),
  'an exception of folders': insert('!**/b'),
  'dropped line of the ignore file': (lines, at) => lines.filter((_, index) => index !== at),
} satisfies Record<string, Edit>;

export const CHANGE_KINDS = [
  ...Object.keys(IN_DOCKERFILE),
  ...Object.keys(IN_IGNORE_FILE),
  'file',
] as readonly ChangeKind[];

/** Returns the changed case; undefined if there is nothing to change. */
export function changeCase(build: BuildCase, { kind, at }: CaseChange): BuildCase | undefined {
  const { files, dockerfile } = build;
  const path = kind in IN_DOCKERFILE ? dockerfile : kind === 'file' ? fileAt(build, at) : ignoreFileOf(build);
  const before = path === undefined ? undefined : files[path];
  if (path === undefined || before === undefined) return undefined;
  const text = typeof before === 'string' ? before : before.text;
  const after = kind === 'file' ? `${text}x` : edited(text, kind, at);
  if (after === text) return undefined;
  const changed: string | SpecialFile = typeof before === 'string' ? after : { ...before, text: after };
  return { ...build, files: { ...files, [path]: changed } };
}

function edited(text: string, kind: Exclude<ChangeKind, 'file'>, at: number): string {
  const change: Edit = { ...IN_DOCKERFILE, ...IN_IGNORE_FILE }[kind];
  const lines = text.split('\n');
  return change(lines, at % lines.length).join('\n');
}

function fileAt({ files, dockerfile, ...build }: BuildCase, at: number): string | undefined {
  const all = Object.keys(files).filter(
    (path) => path !== dockerfile && path !== ignoreFileOf({ ...build, files, dockerfile }),
  );
  return all[at % all.length];
}

function ignoreFileOf({ files, dockerfile, context }: BuildCase): string | undefined {
  const shared = context === '' ? '.dockerignore' : `${context}/.dockerignore`;
  return [`${dockerfile}.dockerignore`, shared].find((path) => path in files);
}
