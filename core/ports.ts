/** What the steps need from the world, in our words. Adapters implement these; tests use the fakes in `test/support`. */
import type { Readable } from 'node:stream';
import type { PullLimit } from './doctor/judge-pulls';
import type { Message } from './notice/notice-message';
import type { Chat } from './operating-settings';
import type { ExecutionInput } from './run-input';

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

// ---------------------------------------------------------------------------------------------------------- registry

/** A manifest as the registry has it: exact bytes, their media type, and their sha256 (`sha256:...`). */
export interface Manifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: string;
}

/** An image repository on a registry, without tag: `host` may have a port. */
export interface RepositoryName {
  readonly host: string;
  readonly repository: string;
}

/** Manifests whose bytes are known; undefined for others. */
export type ManifestsByDigest = (digest: string) => Promise<Manifest | undefined>;

/** Image manifests on any OCI registry. `reference` is a tag or a digest. Throws `RegistryError`. */
export interface ImageRegistry {
  /** The manifest's digest, by HEAD; undefined if the registry has no such manifest. */
  head(name: RepositoryName, reference: string): Promise<string | undefined>;
  /** The manifest, its bytes checked against its digest; undefined if there is none. */
  get(name: RepositoryName, reference: string): Promise<Manifest | undefined>;
  /** The bytes of the image's config, of an index that of its first image; undefined if there is none. */
  config(name: RepositoryName, manifest: Manifest): Promise<Buffer | undefined>;
  /** Puts the exact bytes under a tag (or the digest) and verifies by reading back. Never deletes. */
  put(name: RepositoryName, reference: string, manifest: Manifest): Promise<void>;
  /**
   * Makes all that the manifest refers to present in `to`: by mount, else streamed; children first. Not the manifest itself. What `kept`
   * has is not pulled.
   */
  copyContent(from: RepositoryName, to: RepositoryName, manifest: Manifest, kept?: ManifestsByDigest): Promise<void>;
  /** How many pulls the host said with its last reply that it still allows; undefined if it counts none. Absent: no host does. */
  pullsLeft?(host: string): PullLimit | undefined;
}

// -------------------------------------------------------------------------------------------------------- package index

/** A release as the index has it: its version and the names of its files. */
export interface PackageRelease {
  readonly version: string;
  readonly files: readonly string[];
}

/** One file of a release; its name says package and version. */
export interface PackageFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Python packages by name, however it is written. Throws `PackageIndexError`. */
export interface PackageIndex {
  /** The release whose version ends with `suffix`; undefined if there is none. */
  find(name: string, suffix: string): Promise<PackageRelease | undefined>;
  /** Adds the file to its release. A file of that name that is there already stays as it is. Never deletes. */
  add(name: string, version: string, file: PackageFile): Promise<void>;
}

// ------------------------------------------------------------------------------------------------------------- state

/** Objects by key: S3 in AWS, a folder on one machine. */
export interface ObjectStore {
  get(key: string): Promise<Buffer | undefined>;
  put(key: string, body: Buffer | string | Readable): Promise<void>;
  exists(key: string): Promise<boolean>;
  /** Where the object lies, or all objects below a key that ends with `/`, as CodeBuild writes it: `bucket/key`; on one machine a path. */
  location(key: string): string;
}

/** A version of an image, bound to a digest for ever. */
export interface Claim {
  readonly image: string;
  readonly version: string;
  readonly digest: string;
  readonly run: string;
}

/** Binds versions to digests, atomically, once. */
export interface Claims {
  /** Writes the claim if the version is free. Returns the claim that now stands: this one or the earlier one. */
  claim(claim: Claim): Promise<Claim>;
  /** The claim that stands; undefined if nobody has claimed the version. */
  find(image: string, version: string): Promise<Claim | undefined>;
}

/** How a run stands. Stopped and timed out is `FAILED`. */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED';

/** Starts runs of the state machine by name. */
export interface ExecutionStarter {
  /** `already`: the name was used before. A run that is still open may be reported as `started`. */
  start(execution: { readonly name: string; readonly input: ExecutionInput }): Promise<'started' | 'already'>;
  /** The run of that name; undefined if there is none (any more). */
  find(name: string): Promise<KnownRun | undefined>;
}

/** What the webhook hands to the preview step: pull request `number` at `commit`, to be merged into the branch `base`. */
export interface PreviewRequest {
  readonly number: number;
  readonly base: string;
  readonly commit: string;
}

/** Has the plan of a pull request made, without waiting for it. */
export interface PreviewStarter {
  start(request: PreviewRequest): Promise<void>;
}

/** A run by its name. `startedAt` is in ms since 1970. */
export interface KnownRun {
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startedAt: number;
}

/** Lists runs of the state machine. */
export interface ExecutionLister {
  /** All runs that are known still, the newest first; each page is asked for when it is wanted. */
  pages(): AsyncIterable<readonly KnownRun[]>;
}

/** Posts messages where people talk. */
export interface ChatPoster {
  /** Throws `NoticeError` if the chat did not take it; no error holds the address. */
  post(chat: Chat, message: Message): Promise<void>;
}

/** The secrets that sign webhook deliveries: the current one first, the previous one while it is being rotated. */
export interface WebhookSecrets {
  /** May be some minutes old. */
  current(): Promise<readonly string[]>;
  /** Reads them anew, unless that was done just before: a delivery may be signed with a secret that was only just put. */
  refreshed(): Promise<readonly string[]>;
}

/** Time, as an argument: milliseconds since 1970, and waiting. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}
