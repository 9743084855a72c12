/** `go.mod` of a module: its path, and what its users see otherwise than this repository. Grammar: https://go.dev/ref/mod#go-mod-file-grammar */
import { excerpt } from '../../text/shape-error';
import type { ModuleVersion } from '../../version/module-version';
import { type BuildTexts, type DeclaredVersion, problem } from '../ecosystem';

export const GO_MOD = 'go.mod';

/** The end of a module path that is at its second major version or later: https://go.dev/ref/mod#major-version-suffixes */
const MAJOR = /\/v(?<major>[2-9]|[1-9][0-9]{1,14})$/;

/** Returns the major version that a module path ends with; 1 for a path without one, whose versions are 0.x and 1.x. */
function majorOf(name: string): number {
  return Number(MAJOR.exec(name)?.groups?.major ?? 1);
}

/** Returns the folder in the names of a module's tags. The folder of a major version is not part of it: https://go.dev/ref/mod#vcs-version */
export function tagFolder(path: string, name: string): string {
  const suffix = MAJOR.exec(name)?.[0];
  return suffix !== undefined && `/${path}`.endsWith(suffix) ? `/${path}`.slice(1, -suffix.length) : path;
}

/** Returns the tag that is a version of a module. */
export function versionTag(path: string, name: string, version: string): string {
  const folder = tagFolder(path, name);
  return `${folder}${folder === '' ? '' : '/'}v${version}`;
}

/** Reads what the module declares: its path, which the catalog must name, too. A path that ends with `/v2` declares 2.0.0. */
export function declaredVersion(textOf: BuildTexts, name: string, path: string): DeclaredVersion {
  const text = textOf(GO_MOD);
  if (text === undefined) return problem(`has no ${GO_MOD}, which makes a folder a Go module; add one`);
  const directives = readDirectives(text);
  const own = directives.find(([keyword]) => keyword === 'module')?.[1];
  if (own === undefined) return problem(`has a ${GO_MOD} without a module line; write \`module ${name}\``);
  if (own !== name) {
    return problem(
      `${GO_MOD} names the module '${excerpt(own)}', but the catalog names '${name}'; write the same in both`,
    );
  }
  const remarks = [...replaced(directives), ...elsewhere(name, path)];
  const major = majorOf(name);
  return major === 1
    ? { kind: 'none', remarks }
    : { kind: 'declared', version: { epoch: 0, release: [major, 0, 0] }, remarks };
}

/** Returns why the module cannot have the version: Go takes a major version only from a module path that ends with it. */
export function refuseVersion(name: string, { release }: ModuleVersion): string | undefined {
  const [major = 0] = release;
  if (Math.max(major, 1) === majorOf(name)) return undefined;
  const base = name.replace(MAJOR, '');
  return major > 1
    ? `Go finds version ${major} only under a path that ends with /v${major}: write ${base}/v${major} in the module line of ${GO_MOD}, in the imports of the module's packages and in the catalog`
    : `Go takes version ${major} only from a path without ${name.slice(base.length)}: write ${base} in ${GO_MOD} and in the catalog`;
}

/** Installers ignore `replace` of a module that they depend on: https://go.dev/ref/mod#go-mod-file-replace */
function replaced(directives: readonly (readonly string[])[]): readonly string[] {
  return directives.flatMap((words) => {
    const [keyword, name = ''] = words;
    const target = words[words.indexOf('=>') + 1] ?? '';
    if (keyword !== 'replace' || !words.includes('=>') || !/^(\.{1,2}(\/|$)|\/)/.test(target)) return [];
    const text = `${GO_MOD} replaces ${excerpt(name)} by '${excerpt(target)}', which its users ignore: they get the version that ${GO_MOD} requires`;
    return [text];
  });
}

/** A path that does not end with the folder is served by a `go-import` tag with a folder, from Go 1.25: https://go.dev/doc/go1.25#go-command */
function elsewhere(name: string, path: string): readonly string[] {
  const folder = tagFolder(path, name);
  if (folder === '' || name.replace(MAJOR, '').endsWith(`/${folder}`)) return [];
  return [
    `the module path ${name} does not end with the folder ${folder}: Go finds its tags only if a go-import page names that folder (Go 1.25 and later)`,
  ];
}

/** Returns the words of each directive. Lines of a block get the keyword before the parenthesis. */
function readDirectives(text: string): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  let block: string | undefined;
  for (const line of text.split('\n')) {
    const words = wordsOf(line);
    const [first = '', second] = words;
    if (first === '') continue;
    if (block !== undefined && first === ')') block = undefined;
    else if (block !== undefined) found.push([block, ...words]);
    else if (second === '(') block = first;
    else found.push(words);
  }
  return found;
}

/** A word, or a string in one of Go's two kinds of quotes; the rest of a line after `//` is a comment. */
const WORD = /\/\/.*$|"([^"]*)"|`([^`]*)`|([^\s"`()]+|[()])/g;

function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(WORD)].flatMap(([all, quoted, raw, word]) =>
    all.startsWith('//') ? [] : [quoted ?? raw ?? word ?? ''],
  );
}
