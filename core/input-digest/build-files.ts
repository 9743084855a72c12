/** Reads what belongs to a service's build from the tree: the parsed Dockerfile and the context with its ignore file. */
import type { Catalog, Service } from '../catalog/model';
import type { Problem } from '../contract/errors';
import { DockerfileError } from '../dockerfile/instruction';
import { type ParsedDockerfile, parseDockerfile } from '../dockerfile/parse/parse-dockerfile';
import { IgnoreMatcher, type ParsedIgnoreFile, parseIgnoreFile } from '../dockerignore/ignore-file';
import type { TreeEntry } from '../ports/git';
import { withinRoot } from '../text/clean-path';
import { openContext } from './build-context';
import { SourceResolver } from './resolve-source';
import { findEntry, folderRange, joinPath, linksIn, type TreeIndex } from './tree-index';

/** Far more than anybody writes, and little enough to parse for every service of a plan. */
const MOST_BYTES = 1 << 20;

/** What the builds of one service go by. */
export interface BuildFiles {
  readonly dockerfile: Exclude<ParsedDockerfile, { kind: 'broken' }>;
  /** Blob id of the Dockerfile. */
  readonly dockerfileId: string;
  readonly sources: SourceResolver;
}

/** Reads and parses each file once, however many services share it. */
export class BuildFileReader {
  private readonly tree: TreeIndex;
  private readonly hasLinks: boolean;
  private readonly texts: ReadonlyMap<string, Buffer>;
  private readonly dockerfiles = new Map<string, ParsedDockerfile>();
  private readonly ignoreFiles = new Map<string, ParsedIgnoreFile>();
  private readonly contexts = new Map<string, SourceResolver>();

  constructor(tree: TreeIndex, texts: ReadonlyMap<string, Buffer>) {
    this.tree = tree;
    this.hasLinks = linksIn(tree, ['']).length > 0;
    this.texts = texts;
  }

  /** The files of a service, or why they cannot be used. */
  read(service: Service): BuildFiles | { readonly problems: readonly Problem[] } {
    const escapes = this.escapes(service);
    if (escapes.length > 0) return { problems: escapes };
    const [path, own, shared] = buildFiles(service);
    const id = this.blobAt(path);
    const at = `services.${service.name}`;
    const problems: Problem[] = [];
    if (id === undefined) problems.push({ path: `${at}.dockerfile`, message: this.noFile(path) });
    const { start, end } = folderRange(this.tree, service.context);
    if (start === end)
      problems.push({ path: `${at}.context`, message: `there is no folder ${service.context} at this commit` });
    const ignorePath = findEntry(this.tree, own) === undefined ? shared : own;
    const ignore = this.ignoreFile(this.blobAt(ignorePath));
    if (ignore.kind === 'broken') {
      const { line, message } = ignore;
      problems.push({ path: `${at}.dockerfile`, message: `${ignorePath}:${line}: ${message}`, line });
    }
    const dockerfile = id === undefined ? undefined : this.dockerfile(id);
    if (dockerfile?.kind === 'broken') problems.push(brokenDockerfile(at, path, dockerfile.error));
    if (problems.length > 0 || id === undefined) return { problems };
    if (dockerfile === undefined || dockerfile.kind === 'broken' || ignore.kind === 'broken') return { problems };
    return { dockerfile, dockerfileId: id, sources: this.context(service.context, ignorePath, ignore.matcher) };
  }

  private escapes({ name, dockerfile, context }: Service): readonly Problem[] {
    return Object.entries({ dockerfile, context })
      .filter(([, path]) => path.startsWith('/') || path.split('/').includes('..'))
      .map(([key, path]) => ({
        path: `services.${name}.${key}`,
        message: `${path} leads out of the repository; give a path relative to its root, without ..`,
      }));
  }

  private dockerfile(id: string): ParsedDockerfile {
    const parsed = this.dockerfiles.get(id) ?? this.parse(id);
    this.dockerfiles.set(id, parsed);
    return parsed;
  }

  private parse(id: string): ParsedDockerfile {
    const bytes = this.texts.get(id)?.length ?? 0;
    if (bytes <= MOST_BYTES) return parseDockerfile(this.text(id));
    const message = `the file has ${bytes} bytes; at most ${MOST_BYTES} are read as a Dockerfile`;
    return { kind: 'broken', error: new DockerfileError(message, 1) };
  }

  private ignoreFile(id: string | undefined): ParsedIgnoreFile {
    if (id === undefined) return { kind: 'parsed', matcher: new IgnoreMatcher([]) };
    const parsed = this.ignoreFiles.get(id) ?? parseIgnoreFile(this.text(id));
    this.ignoreFiles.set(id, parsed);
    return parsed;
  }

  private context(folder: string, ignorePath: string, ignore: IgnoreMatcher): SourceResolver {
    const key = `${folder}\0${this.blobAt(ignorePath) ?? ''}`;
    const resolver =
      this.contexts.get(key) ??
      new SourceResolver(openContext({ tree: this.tree, folder, hasLinks: this.hasLinks, ignore, texts: this.texts }));
    this.contexts.set(key, resolver);
    return resolver;
  }

  /** The blob at a path, through symlinks; undefined if there is none. */
  private blobAt(path: string): string | undefined {
    const last = entriesOnTheWay(this.tree, path, this.texts).at(-1);
    return last?.mode === '100644' || last?.mode === '100755' ? last.id : undefined;
  }

  private noFile(path: string): string {
    if (findEntry(this.tree, path)?.mode !== '120000') return `there is no file ${path} at this commit`;
    return `${path} is a symlink that leads to no file of this commit, or a loop of them; put the Dockerfile itself there`;
  }

  private text(id: string): string {
    const text = this.texts.get(id);
    if (text === undefined) throw new Error(`blob ${id} was not read; pass the text of all that requiredBlobs names`);
    return text.toString('utf8');
  }
}

function brokenDockerfile(at: string, path: string, error: { message: string; line: number | undefined }): Problem {
  const { message, line = 1 } = error;
  return { path: `${at}.dockerfile`, message: `${path}:${line}: ${message}`, line };
}

// Which blobs `discoverInputs` needs the text of: Dockerfiles, ignore files and symlinks.

/**
 * Blob ids whose text is needed and not yet in `known`. One call is enough unless a Dockerfile or an ignore file is itself a
 * symlink: call again with what was read, until nothing is left to read.
 */
export function requiredBlobs(
  catalog: Catalog,
  tree: TreeIndex,
  known: ReadonlyMap<string, Buffer> = new Map(),
): ReadonlySet<string> {
  const wanted = new Set<string>();
  const contexts = new Set<string>();
  for (const service of catalog.services) {
    contexts.add(service.context);
    for (const path of buildFiles(service)) {
      for (const { id } of entriesOnTheWay(tree, path, known)) wanted.add(id);
    }
  }
  // Which links lie on the way to a source is known only when the Dockerfiles are.
  for (const { id } of linksIn(tree, [...contexts])) wanted.add(id);
  for (const id of known.keys()) wanted.delete(id);
  return wanted;
}

/** Paths of a service's Dockerfile and of the ignore files that may belong to it; the one named after the Dockerfile wins. */
export function buildFiles({
  dockerfile,
  context,
}: Service): readonly [dockerfile: string, own: string, shared: string] {
  return [dockerfile, `${dockerfile}.dockerignore`, joinPath(context, '.dockerignore')];
}

/** The file at a path and the symlinks that lead to it; without the file if a link's text is not known, or leads nowhere. */
export function entriesOnTheWay(
  tree: TreeIndex,
  path: string,
  texts: ReadonlyMap<string, Buffer>,
): readonly TreeEntry[] {
  const entries = new Map<string, TreeEntry>();
  for (let next = path; ; ) {
    const entry = findEntry(tree, next);
    if (entry === undefined || entries.has(next)) return [...entries.values()];
    entries.set(next, entry);
    const target = entry.mode === '120000' ? texts.get(entry.id)?.toString('utf8') : undefined;
    if (target === undefined || target.startsWith('/')) return [...entries.values()];
    next = withinRoot(`${next}/../${target}`);
  }
}
