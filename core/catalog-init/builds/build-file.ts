/** What a file of the repository says about the builds of images, whatever tool the file is for. */
import { joinPath } from '../../input-digest/tree-index';
import { cleanPath } from '../../text/clean-path';

/** One build. Paths are relative to the repository's root; `''` is the root itself. */
export interface FoundBuild {
  readonly dockerfile: string;
  readonly context: string;
  readonly target: string | undefined;
  /** Arguments whose values are written out. */
  readonly args: Readonly<Record<string, string>>;
  /** The name in its file, such as that of a compose service; undefined for a step of a CI. */
  readonly name: string | undefined;
  /** The name of the image's repository without host and namespace; undefined if it is not written out. */
  readonly image: string | undefined;
  /** Set for a bake target whose Dockerfile is in the bake file itself: it reads its context only, or further ones. */
  readonly inline?: 'context' | 'contexts';
}

/** The builds of one file, and remarks on what could not be read. */
export interface BuildFile {
  readonly builds: readonly FoundBuild[];
  readonly remarks: readonly string[];
}

/** What a tool's file has about one build, as it is written there. */
export interface WrittenBuild {
  readonly context: unknown;
  /** Relative to the context, unless `fromFolder` is true. Default: `Dockerfile`. */
  readonly dockerfile?: unknown;
  readonly fromFolder?: boolean;
  readonly target?: unknown;
  readonly args?: unknown;
  readonly name?: string;
  readonly image?: unknown;
}

/** Returns the build with its paths, or nothing if a path is not written out or is outside of the repository. */
export function buildIn(folder: string, written: WrittenBuild): readonly FoundBuild[] {
  const context = plainPath(written.context, folder);
  if (context === undefined) return [];
  const beside = written.fromFolder === true ? folder : context;
  const dockerfile =
    written.dockerfile === undefined ? within(context, 'Dockerfile') : plainPath(written.dockerfile, beside);
  if (dockerfile === undefined || dockerfile === '') return [];
  return [
    {
      dockerfile,
      context,
      target: isPlain(written.target) ? written.target : undefined,
      args: plainArguments(written.args),
      name: written.name,
      image: imageIn(written.image),
    },
  ];
}

/** Returns the last part of a repository, such as `api` of `ghcr.io/team/api:v1`; undefined if that part is not written out. */
export function imageIn(reference: unknown): string | undefined {
  const [first] = Array.isArray(reference) ? reference : [reference];
  if (typeof first !== 'string') return undefined;
  const known = first.split(/[\n,]/, 1)[0]?.replace(/\$?\$?\{\{[^}]*\}\}|\$\{[^}]*\}|\$\w+/g, '\0') ?? '';
  const last = known.split('@', 1)[0]?.split('/').at(-1)?.split(':', 1)[0] ?? '';
  return /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/.test(last) ? last : undefined;
}

/** Returns arguments by name: of a map, of a list (`- MODE=release`), or of lines. Those with variables are left out. */
export function plainArguments(value: unknown): Readonly<Record<string, string>> {
  const lines = typeof value === 'string' ? value.split('\n') : Array.isArray(value) ? value.map(String) : undefined;
  const pairs = lines?.flatMap((line) => {
    const sign = line.indexOf('=');
    return sign < 0 ? [] : [[line.slice(0, sign), line.slice(sign + 1)] as const];
  });
  const entries = pairs ?? Object.entries(Object(value ?? {}) as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    entries.flatMap(([name, each]) => {
      const isLiteral = /^(string|number|boolean)$/.test(typeof each) && isPlain(String(each));
      return isLiteral && /^[A-Za-z_]\w*$/.test(name.trim()) ? [[name.trim(), String(each)]] : [];
    }),
  );
}

/** Returns true for a text without variables, which only its tool can resolve. */
function isPlain(value: unknown): value is string {
  return typeof value === 'string' && !/\$|\{\{|\0/.test(value);
}

/** Returns a path from the root; undefined for an address, a variable, or a place outside of the repository. */
function plainPath(value: unknown, folder: string): string | undefined {
  return isPlain(value) && value !== '' && !value.includes(':') ? within(folder, value) : undefined;
}

/** Returns a path from the root, or undefined if it is outside of the repository. */
export function within(folder: string, path: string): string | undefined {
  const clean = cleanPath(joinPath(folder, path));
  if (clean === '.') return '';
  return clean.startsWith('/') || clean.split('/').includes('..') ? undefined : clean;
}
