/** What the steps need from the world, in our words. Adapters implement these; tests use the fakes in `test/support`. */
import type { Readable } from 'node:stream';

// ---------------------------------------------------------------------------------------------------------- git host

/** One entry of a commit's tree. `path` uses `/`, has no leading one; `id` is git's object id (40 hex digits). */
export interface TreeEntry {
  readonly path: string;
  readonly mode: TreeMode;
  readonly id: string;
}

/** git's modes of blobs, symlinks and submodules. Trees are not listed. */
export type TreeMode = '100644' | '100755' | '120000' | '160000';

/** A branch and the commit that it is at. `committedAt` is in ms since 1970, as whoever made the commit says. */
export interface BranchHead {
  readonly name: string;
  readonly commit: string;
  readonly message: string;
  readonly committedAt: number;
}

/** A commit that changed a file. `id` is the blob that the file has been since; undefined if the commit removed the file. */
export interface FileRevision {
  readonly commit: string;
  readonly message: string;
  readonly id?: string;
}

/** Reads a repository at a commit. Every method throws `GitHostError` if the host cannot answer. */
export interface SourceRepository {
  /**
   * The commit that a branch, tag or (abbreviated) commit id names; throws `InvalidInput` if there is none. `ahead` names files whose
   * contents will be asked for next: a host may bring them along, so that `blobs` needs no request for them.
   */
  resolve(ref: string, ahead?: readonly string[]): Promise<string>;
  /** Every branch, in any order. */
  branches(): Promise<readonly BranchHead[]>;
  /** All files of the commit, sorted by path in byte order. */
  tree(commit: string): Promise<readonly TreeEntry[]>;
  /** Contents by blob id; an id that does not exist is an error. */
  blobs(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** The commit's files as a gzipped tar, exact bytes and modes, no attributes applied; entries at the root of the archive. */
  archive(commit: string): Promise<Readable>;
  /** The last commits up to `commit` that changed the file, the newest first, at most `limit`. */
  log(commit: string, path: string, limit: number): Promise<readonly FileRevision[]>;
  /** True if `ancestor` is `descendant` or one of its ancestors; false if either is unknown. */
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
}

/** One file of a commit to be made. */
export interface FileChange {
  readonly path: string;
  readonly content: string;
}

/** A commit that happens only if `branch` still is at `parent`. */
export interface CommitProposal {
  readonly branch: string;
  readonly parent: string;
  readonly files: readonly FileChange[];
  readonly message: string;
}

/** `moved`: the branch is not at `parent` any more, or is just being moved by somebody else; nothing was written. */
export type CommitAttempt =
  | { readonly kind: 'committed'; readonly commit: string }
  | { readonly kind: 'moved'; readonly head: string };

/** Writes to branches, by compare-and-swap only. */
export interface BranchWriter {
  /** The branch's head, or undefined if there is no such branch. `branch` has no `refs/heads/`. */
  head(branch: string): Promise<string | undefined>;
  /** Texts of files at a commit; a missing file is absent from the map. */
  readFiles(commit: string, paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Makes the commit or says that the branch moved. A refusal (protected branch, no permission) throws `GitHostError`. */
  commit(proposal: CommitProposal): Promise<CommitAttempt>;
}

/** A git host as the pipeline uses it. */
export interface GitHost extends SourceRepository, BranchWriter {}

/** How a run stands, as a git host shows it at the commit. `description` has at most 140 characters, `url` leads to the run. */
export interface CommitStatus {
  readonly commit: string;
  /** The run's name. */
  readonly run: string;
  /** `failure`: the commit cannot be released as it is; `error`: something else went wrong. */
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  readonly description: string;
  readonly url?: string;
  /** All there is to say, as Markdown, for hosts that have room for it. */
  readonly summary?: string;
}

/** Tells people at the commit how its run stands. */
export interface StatusWriter {
  /** Replaces the status of the run at the commit, or of the commit where the host has one only. Throws `GitHostError`. */
  setStatus(status: CommitStatus): Promise<void>;
}

/** A comment on a pull request. `marker` is its first line, by which it is found again; `commit` is what it is about. */
export interface PullComment {
  readonly pull: number;
  readonly commit: string;
  readonly marker: string;
  readonly body: string;
}

/** Comments on pull requests. */
export interface CommentWriter {
  /**
   * Edits the comment with the marker, or makes it. `outdated`: the pull request is closed or its head is another commit, nothing
   * was written. Throws `GitHostError`.
   */
  putComment(comment: PullComment): Promise<'written' | 'outdated'>;
}
