/** Pull requests over a real bare repository, with the rules of a git host: the part that the fakes of all hosts share. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MergeMethod } from '../../../../core/contract/release';
import { quietly, type TestRepository } from '../../git/git-repository';

export interface FakePull {
  readonly number: number;
  readonly base: string;
  readonly branch: string;
  readonly title: string;
  body: string;
  state: 'open' | 'merged' | 'closed';
  /** The head that was merged or, of an open one, was last seen. */
  head: string;
  mergeCommit?: string;
  /** Set if the branch is that of a fork. */
  readonly isFork: boolean;
  /** The merge that the host has promised. */
  scheduled?: WantedMerge;
  isApproved: boolean;
  hasPassed: boolean;
  readonly comments: string[];
}

export interface WantedMerge {
  readonly head: string;
  readonly method: MergeMethod;
  readonly message: string;
}

/** The rules of the base branch. */
export interface FakeRules {
  needsReview: boolean;
  needsCheck: boolean;
  /** A branch must contain the head of its base. */
  needsUpdate: boolean;
  /** Merges go through a queue, which chooses method and message. */
  hasQueue: boolean;
  allowsAutoMerge: boolean;
  /** Pushes to the branch are refused. */
  isProtected: boolean;
  /** The login of the pipeline may bypass rulesets. */
  canBypass: boolean;
}

export interface FakePulls {
  readonly all: FakePull[];
  readonly rules: FakeRules;
  /** True if the reply to the next new pull request is lost after it was made. */
  losesReply: boolean;
  /** Adds a pull request, as a person does. Returns undefined if the branch has an open one, or no commit of its own. */
  add(pull: Pick<FakePull, 'base' | 'branch' | 'title' | 'body'> & { readonly isFork?: boolean }): FakePull | undefined;
  find(number: number): FakePull | undefined;
  /** The open ones into a base, or into any. */
  open(base?: string): readonly FakePull[];
  /** What holds an open one up. */
  status(pull: FakePull): 'conflict' | 'outdated' | 'blocked' | 'ready';
  /** Merges under the rules. Returns the reason of a refusal. */
  merge(pull: FakePull, wanted: WantedMerge): string | undefined;
  /** Promises the merge, and does it if nothing holds it up. */
  schedule(pull: FakePull, wanted: WantedMerge): void;
  /** A person approves it. */
  approve(number: number): void;
  /** Its checks pass. */
  pass(number: number): void;
  /** A person merges it, with a message of their own, past no rule. Throws with the reason if it cannot be merged. */
  mergeByHand(number: number, method: MergeMethod, message: string): string;
  close(number: number): void;
}

const RULES: FakeRules = {
  needsReview: false,
  needsCheck: false,
  needsUpdate: false,
  hasQueue: false,
  allowsAutoMerge: true,
  isProtected: false,
  canBypass: false,
};

export function createFakePulls(repository: TestRepository): FakePulls {
  const all: FakePull[] = [];
  const rules = { ...RULES };

  function refresh(pull: FakePull): FakePull {
    if (pull.state === 'open' && !pull.isFork) pull.head = headOf(repository, pull.branch) ?? pull.head;
    return pull;
  }

  function find(number: number): FakePull | undefined {
    const found = all.find((pull) => pull.number === number);
    return found && refresh(found);
  }

  function known(number: number): FakePull {
    const found = find(number);
    if (found === undefined) throw new Error(`there is no pull request ${number}`);
    return found;
  }

  function status({ base, head, isApproved, hasPassed }: FakePull): ReturnType<FakePulls['status']> {
    const onto = headOf(repository, base) ?? '';
    if (mergedTree(repository, onto, head) === undefined) return 'conflict';
    if (rules.needsUpdate && !contains(repository, head, onto)) return 'outdated';
    return (rules.needsReview && !isApproved) || (rules.needsCheck && !hasPassed) ? 'blocked' : 'ready';
  }

  function merge(pull: FakePull, wanted: WantedMerge): string | undefined {
    const { state, head } = refresh(pull);
    if (state !== 'open') return `it is ${state}`;
    if (wanted.head !== head) return 'Head branch was modified. Review and try the merge again.';
    const held = status(pull);
    if (held !== 'ready') return `it cannot be merged: ${held}`;
    const commit = quietly(() => writeMerge(repository, pull, wanted));
    if (commit === undefined) return 'Base branch was modified. Review and try the merge again.';
    pull.mergeCommit = commit;
    pull.state = 'merged';
    return undefined;
  }

  function settle(pull: FakePull): void {
    if (pull.scheduled !== undefined && status(pull) === 'ready') merge(pull, pull.scheduled);
  }

  return {
    all,
    rules,
    losesReply: false,
    find,
    open: (base) => all.filter((pull) => pull.state === 'open' && (base ?? pull.base) === pull.base).map(refresh),
    status,
    merge,
    add: ({ base, branch, title, body, isFork = false }) => {
      const head = headOf(repository, branch) ?? '';
      const hasOpen = all.some((pull) => pull.state === 'open' && pull.branch === branch && pull.base === base);
      if (head === '' || hasOpen || contains(repository, headOf(repository, base) ?? '', head)) return undefined;
      const number = all.length + 1;
      const facts = { number, base, branch, title, body, head, isFork, comments: [] };
      const pull: FakePull = { ...facts, state: 'open', isApproved: false, hasPassed: false };
      all.push(pull);
      return pull;
    },
    schedule: (pull, wanted) => {
      pull.scheduled = wanted;
      settle(pull);
    },
    approve: (number) => {
      known(number).isApproved = true;
      settle(known(number));
    },
    pass: (number) => {
      known(number).hasPassed = true;
      settle(known(number));
    },
    mergeByHand: (number, method, message) => {
      const pull = known(number);
      const refusal = merge(pull, { head: pull.head, method, message });
      if (refusal !== undefined) throw new Error(refusal);
      return pull.mergeCommit ?? '';
    },
    close: (number) => {
      known(number).state = 'closed';
    },
  };
}

/** Reads the file of the ref, if it has one: a process for each branch would take most of the time of a test. */
function headOf(repository: TestRepository, branch: string): string | undefined {
  const loose = join(repository.path, 'refs/heads', branch);
  if (existsSync(loose)) return readFileSync(loose, 'utf8').trim();
  return quietly(() => repository.git('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`));
}

function contains(repository: TestRepository, commit: string, ancestor: string): boolean {
  return quietly(() => repository.git('merge-base', '--is-ancestor', ancestor, commit)) !== undefined;
}

/** Returns the tree of the merge, as git makes it; undefined for a conflict. */
function mergedTree(repository: TestRepository, onto: string, head: string): string | undefined {
  return quietly(() => repository.git('merge-tree', '--write-tree', onto, head));
}

function writeMerge(repository: TestRepository, { base, head }: FakePull, { method, message }: WantedMerge): string {
  const onto = headOf(repository, base) ?? '';
  const tree = mergedTree(repository, onto, head) ?? '';
  const parents = method === 'merge' ? ['-p', onto, '-p', head] : ['-p', onto];
  const text = method === 'rebase' ? repository.git('log', '-1', '--format=%B', head) : message;
  const commit = repository.git('commit-tree', tree, ...parents, '-m', text);
  repository.git('update-ref', `refs/heads/${base}`, commit, onto);
  return commit;
}
