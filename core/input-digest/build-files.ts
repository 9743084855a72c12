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

/** The size of a Dockerfile or ignore file. More than people write, and little enough to parse for every service of a plan. */
const MAX_BYTES = 1 << 20;

/** The parsed files that decide a service's build. */
export interface BuildFiles {
  readonly dockerfile: Exclude<ParsedDockerfile, { kind: 'broken' }>;
  /** Blob id of the Dockerfile. */
  readonly dockerfileId: string;
  readonly sources: SourceResolver;
  /** The further build contexts by name. */
  readonly named: ReadonlyMap<string, SourceResolver>;
}

/** Reads Dockerfiles, ignore files and contexts from the tree, each once, however many services share it. */
export class BuildFileReader {
  /** False if the tree has no symlink at all. */
  readonly hasLinks: boolean;
  private readonly tree: TreeIndex;
  private readonly texts: ReadonlyMap<string, Buffer>;
  private readonly dockerfiles = new Map<string, ParsedDockerfile>();
  private readonly ignoreFiles = new Map<string, ParsedIgnoreFile>();
  private readonly contexts = new Map<string, SourceResolver>();

  constructor(tree: TreeIndex, texts: ReadonlyMap<string, Buffer>) {
    this.tree = tree;
    this.hasLinks = linksIn(tree, ['']).length > 0;
    this.texts = texts;
  }

  /** Returns the files of a service, or the problems that make them unusable. */
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
    const named = this.namedContexts(service, dockerfile, problems);
    if (problems.length > 0 || id === undefined) return { problems };
    if (dockerfile === undefined || dockerfile.kind === 'broken' || ignore.kind === 'broken') return { problems };
    return { dockerfile, dockerfileId: id, sources: this.context(service.context, ignorePath, ignore.matcher), named };
  }

  /** Returns the further contexts. A folder that is missing, and a name that a stage has, are added to the problems. */
  private namedContexts(
    { name, contexts = {} }: Service,
    dockerfile: ParsedDockerfile | undefined,
    problems: Problem[],
  ): ReadonlyMap<string, SourceResolver> {
    const stages = dockerfile?.kind === 'parsed' ? dockerfile.dockerfile.stages : [];
    return new Map(
      Object.entries(contexts).map(([context, folder]) => {
        const ignorePath = joinPath(folder, '.dockerignore');
        const ignore = this.ignoreFile(this.blobAt(ignorePath));
        const { start, end } = folderRange(this.tree, folder);
        const path = `services.${name}.contexts.${context}`;
        if (start === end) problems.push({ path, message: `there is no folder ${folder} at this commit` });
        if (stages.some((stage) => stage.name === context))
          problems.push({ path, message: 'is the name of a stage of the Dockerfile, too; rename one of them' });
        if (ignore.kind === 'broken')
          problems.push({ path, message: `${ignorePath}:${ignore.line}: ${ignore.message}` });
        const matcher = ignore.kind === 'broken' ? new IgnoreMatcher([]) : ignore.matcher;
        return [context, this.context(folder, ignorePath, matcher)];
      }),
    );
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
    const message = this.tooLarge(id);
    return message === undefined
      ? parseDockerfile(this.text(id))
      : { kind: 'broken', error: new DockerfileError(message, 1) };
  }

  private ignoreFile(id: string | undefined): ParsedIgnoreFile {
    if (id === undefined) return { kind: 'parsed', matcher: new IgnoreMatcher([]) };
    const parsed = this.ignoreFiles.get(id) ?? this.parseIgnore(id);
    this.ignoreFiles.set(id, parsed);
    return parsed;
  }

  private parseIgnore(id: string): ParsedIgnoreFile {
    const message = this.tooLarge(id);
    return message === undefined ? parseIgnoreFile(this.text(id)) : { kind: 'broken', line: 1, message };
  }

  private tooLarge(id: string): string | undefined {
    const bytes = this.texts.get(id)?.length ?? 0;
    return bytes > MAX_BYTES ? `the file has ${bytes} bytes; at most ${MAX_BYTES} are read` : undefined;
  }

  private context(folder: string, ignorePath: string, ignore: IgnoreMatcher): SourceResolver {
    const key = `${folder}\0${this.blobAt(ignorePath) ?? ''}`;
    const resolver =
      this.contexts.get(key) ??
      new SourceResolver(openContext({ tree: this.tree, folder, hasLinks: this.hasLinks, ignore, texts: this.texts }));
    this.contexts.set(key, resolver);
    return resolver;
  }

  /** Returns the id of the file at a path, through symlinks within the commit; undefined if there is none. */
  private blobAt(path: string): string | undefined {
    const last = entriesOnTheWay(this.tree, path, this.texts).at(-1);
    return last?.mode === '100644' || last?.mode === '100755' ? last.id : undefined;
  }

  private noFile(path: string): string {
    if (findEntry(this.tree, path)?.mode !== '120000') return `there is no file ${path} at this commit`;
    return `${path} is a symlink that leads to no file of this commit; commit the Dockerfile itself at this path`;
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

/**
 * Returns the ids of the blobs that `discoverInputs` needs the text of: Dockerfiles, ignore files and symlinks that are not in `known`. If a
 * Dockerfile or an ignore file is a symlink, its target is known only after its text was read. Call again until the set is empty.
 */
export function requiredBlobs(
  catalog: Catalog,
  tree: TreeIndex,
  known: ReadonlyMap<string, Buffer> = new Map(),
): ReadonlySet<string> {
  const wanted = new Set<string>();
  const contexts = new Set<string>();
  for (const service of catalog.services) {
    // No file says what a command reads.
    if (service.build !== undefined) continue;
    const named = Object.values(service.contexts ?? {});
    for (const folder of [service.context, ...named]) contexts.add(folder);
    for (const path of [...buildFiles(service), ...named.map((folder) => joinPath(folder, '.dockerignore'))]) {
      for (const { id } of entriesOnTheWay(tree, path, known)) wanted.add(id);
    }
  }
  // Only the parsed Dockerfiles tell which links are on the path to a source.
  for (const { id } of linksIn(tree, [...contexts])) wanted.add(id);
  for (const id of known.keys()) wanted.delete(id);
  return wanted;
}

/** Returns the paths of a service's Dockerfile and of its possible ignore files. The one named after the Dockerfile wins. */
export function buildFiles({
  dockerfile,
  context,
}: Service): readonly [dockerfile: string, own: string, shared: string] {
  return [dockerfile, `${dockerfile}.dockerignore`, joinPath(context, '.dockerignore')];
}

/**
 * Returns the symlinks from a path to a file, and the file. The file is missing if a link is not in `texts`, or leads to no file of the
 * commit.
 */
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
