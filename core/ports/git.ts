/** Git hosts, as the steps use them. `adapters/git` implements these ports, `test/support` has fakes. */
import type { Readable } from 'node:stream';

/** One entry of a commit's tree. `path` uses `/` and has no leading one. `id` is git's object id (40 hex digits). */
export interface TreeEntry {
  readonly path: string;
  readonly mode: TreeMode;
  readonly id: string;
}

/** git's modes of blobs, symlinks and submodules. Trees are not listed. */
export type TreeMode = '100644' | '100755' | '120000' | '160000';

/** A branch with its head. `committedAt` is the committer's time, in ms since 1970. */
export interface BranchHead {
  readonly name: string;
  readonly commit: string;
  readonly message: string;
  readonly committedAt: number;
}

/** A commit that changed a file. `id` is the file's blob from then on, or undefined if the commit removed the file. */
export interface FileRevision {
  readonly commit: string;
  readonly message: string;
  readonly id?: string;
}

/** Reads a repository at a commit. Every method throws `GitHostError` if the host cannot answer. */
export interface SourceRepository {
  /**
   * Returns the commit of a branch, tag or (abbreviated) commit id. Throws `InvalidInput` if there is none. `ahead` names files whose
   * contents are needed next: a host may fetch them in the same request.
   */
  resolve(ref: string, ahead?: readonly string[]): Promise<string>;
  /** Returns every branch, in any order. */
  branches(): Promise<readonly BranchHead[]>;
  /** Returns all files of the commit, sorted by path in byte order. */
  tree(commit: string): Promise<readonly TreeEntry[]>;
  /** Returns contents by blob id. Throws for an id that does not exist. */
  blobs(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** Returns the commit's files as a gzipped tar: exact bytes and modes, no attributes applied, entries at the archive's root. */
  archive(commit: string): Promise<Readable>;
  /** Returns the last commits up to `commit` that changed the file, the newest first, at most `limit`. */
  log(commit: string, path: string, limit: number): Promise<readonly FileRevision[]>;
  /** Returns true if `ancestor` is `descendant` or one of its ancestors, false if either is unknown. */
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
}

/** One file of a proposed commit. */
export interface FileChange {
  readonly path: string;
  readonly content: string;
}

/** A commit that is made only if `branch` is still at `parent`. */
export interface CommitProposal {
  readonly branch: string;
  readonly parent: string;
  readonly files: readonly FileChange[];
  readonly message: string;
}

/** `moved`: the branch is no longer at `parent`, or somebody else is moving it. Nothing was written. */
export type CommitAttempt =
  | { readonly kind: 'committed'; readonly commit: string }
  | { readonly kind: 'moved'; readonly head: string };

/** Writes to branches, by compare-and-swap only. */
export interface BranchWriter {
  /** Returns the branch's head, or undefined if there is no such branch. `branch` has no `refs/heads/`. */
  head(branch: string): Promise<string | undefined>;
  /** Returns texts of files at a commit. A missing file is absent from the map. */
  readFiles(commit: string, paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Makes the commit, or reports that the branch moved. Throws `GitHostError` for a refusal (protected branch, no permission). */
  commit(proposal: CommitProposal): Promise<CommitAttempt>;
}

/** A git host, to read and to write. */
export interface GitHost extends SourceRepository, BranchWriter {}

// The two repositories of a run, which are one unless the settings name a values repository. `holds` exists only for the compiler: it refuses
// one of the two in place of the other.

/** The monorepo: Dockerfiles, catalog, source commits and tags. No step commits to it. */
export interface SourceGit extends SourceRepository, Pick<BranchWriter, 'head' | 'readFiles'> {
  readonly holds?: 'source';
}

/** The repository of values files, version locks and charts, with the commits of runs. */
export interface ValuesGit extends GitHost {
  readonly holds?: 'values';
}

/** The status of a run at its commit. `description` has at most 140 characters, `url` leads to the run. */
export interface CommitStatus {
  readonly commit: string;
  /** The run's name. */
  readonly run: string;
  /** `failure`: the commit cannot be released as it is; `error`: something else went wrong. */
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  readonly description: string;
  readonly url?: string;
  /** The summary of the run as Markdown, for hosts that have room for it. */
  readonly summary?: string;
}

/** Writes the status of a run at its commit. */
export interface StatusWriter {
  /** Replaces the status of the run at the commit, or the commit's only status if the host has one. Throws `GitHostError`. */
  setStatus(status: CommitStatus): Promise<void>;
}

/** A comment on a pull request about `commit`. `marker` is its first line, which identifies it. */
export interface PullComment {
  readonly pull: number;
  readonly commit: string;
  readonly marker: string;
  readonly body: string;
}

/** Writes comments on pull requests. */
export interface CommentWriter {
  /**
   * Edits the comment with the marker, or makes it. `outdated`: the pull request is closed or has another head, so nothing was written.
   * Throws `GitHostError`.
   */
  putComment(comment: PullComment): Promise<'written' | 'outdated'>;
}

/** A commit with the paths that it changes. */
export interface SourceCommit {
  readonly commit: string;
  readonly parents: readonly string[];
  readonly author: string;
  /** The whole message; its first line is the subject. */
  readonly message: string;
  /** The paths that it changes; none for a merge. */
  readonly paths: readonly string[];
}

/** An annotated tag on a commit. `name` has no `refs/tags/`. */
export interface TagProposal {
  readonly name: string;
  readonly commit: string;
  readonly message: string;
}

/** `exists`: the tag is there already, with this commit. `other`: with another one. In both cases nothing was written. */
export type TagAttempt = { readonly kind: 'created' | 'exists' } | { readonly kind: 'other'; readonly commit: string };

/** The page of a release at the git host. `notes` are Markdown. */
export interface ReleasePage {
  readonly tag: string;
  readonly title: string;
  readonly notes: string;
  readonly isPrerelease: boolean;
}

/** Tags and releases of a git host. Every method throws `GitHostError`, and can be repeated. */
export interface TagHost {
  /** Returns the commits that `until` has and `since` has not, the newest first, at most `limit`. Only single parents have paths. */
  commits(since: string, until: string, limit: number): Promise<readonly SourceCommit[]>;
  /** Makes the tag if there is none of that name. A tag is never moved. */
  createTag(tag: TagProposal): Promise<TagAttempt>;
  /** Makes the page of an existing tag, unless it has one. Returns its address, or undefined if the host has no such pages. */
  createRelease(release: ReleasePage): Promise<string | undefined>;
}
