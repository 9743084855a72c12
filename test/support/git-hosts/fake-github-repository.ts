/** The GraphQL view of a repository, read from a real bare one. */
import { commitFacts, listCommits, readObject } from '../git/git-objects';
import { quietly, type TestRepository } from '../git/git-repository';
import type { Resolver } from './fake-github-graphql';

/** GitHub truncates texts after this many bytes. */
const LONGEST_TEXT = 512_000;

/** An error in the format of GitHub's GraphQL. */
export class GraphqlError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** Returns the root of queries and mutations on the repository `fullName`. `updateRule` is the protection of each branch. */
export function graphqlRoot(
  repository: TestRepository,
  fullName: string,
  updateRule: () => Resolver | null = () => null,
): Resolver {
  return {
    repository: ({ owner, name }: { owner: string; name: string }) => {
      if (`${owner}/${name}` === fullName) return repositoryResolver(repository, updateRule);
      const message = `Could not resolve to a Repository with the name '${owner}/${name}'.`;
      throw new GraphqlError('NOT_FOUND', message);
    },
    createCommitOnBranch: ({ input }: { input: CommitInput }) => createCommit(repository, input),
  };
}

interface CommitInput {
  readonly branch: { readonly branchName: string };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body: string };
  readonly fileChanges: { readonly additions: readonly { readonly path: string; readonly contents: string }[] };
}

function repositoryResolver(repository: TestRepository, refUpdateRule: () => Resolver | null): Resolver {
  return {
    refs: ({ refPrefix, first, after }: { refPrefix: string; first: number; after: string | null }) => {
      const names = repository.git('for-each-ref', '--format=%(refname)', refPrefix).split('\n').filter(Boolean);
      const start = Number(after ?? 0);
      return {
        pageInfo: { hasNextPage: start + first < names.length, endCursor: String(start + first) },
        nodes: names.slice(start, start + first).map((name) => refResolver(repository, name)),
      };
    },
    ref: ({ qualifiedName }: { qualifiedName: string }) => {
      const found = refResolver(repository, qualifiedName);
      return found && { ...found, refUpdateRule };
    },
    object: ({ oid, expression }: { oid?: string; expression?: string }) =>
      objectResolver(repository, oid ?? quietly(() => repository.git('rev-parse', '--verify', expression ?? '')) ?? ''),
  };
}

function refResolver(repository: TestRepository, name: string): Resolver | null {
  const id = exactRef(repository, name);
  if (id === undefined) return null;
  const prefix = /^refs\/\w+\//.exec(name)?.[0] ?? '';
  return { prefix, name: name.slice(prefix.length), target: () => objectResolver(repository, id) };
}

function exactRef(repository: TestRepository, name: string): string | undefined {
  const lines = repository.git('for-each-ref', '--format=%(objectname) %(refname)', name).split('\n');
  return lines.find((line) => line.slice(41) === name)?.slice(0, 40);
}

function objectResolver(repository: TestRepository, id: string): Resolver | null {
  const { type, content } = readObject(repository, id) ?? {};
  switch (type) {
    case 'commit':
      return commitResolver(repository, id);
    case 'blob':
      return { __typename: 'Blob', oid: id, text: () => textOf(content) };
    case 'tag': {
      const target = /^object (\w+)/.exec(content?.toString() ?? '')?.[1] ?? '';
      return { __typename: 'Tag', oid: id, target: () => objectResolver(repository, target) };
    }
    case 'tree':
      return { __typename: 'Tree', oid: id };
    default:
      return null;
  }
}

function commitResolver(repository: TestRepository, id: string): Resolver {
  return {
    __typename: 'Commit',
    oid: id,
    message: () => commitFacts(repository, id).message,
    committedDate: () => commitFacts(repository, id).date,
    parents: () => ({ nodes: commitFacts(repository, id).parents.map((oid) => ({ oid })) }),
    history: ({ first, after, path }: { first: number; after?: string | null; path?: string }) => {
      const start = Number(after ?? 0);
      const of = path === undefined ? [] : ['--', path];
      const range = [`--skip=${start}`, `--max-count=${first + 1}`, id];
      const found = listCommits(repository, [...range, ...of]);
      return {
        pageInfo: { hasNextPage: found.length > first, endCursor: String(start + first) },
        nodes: found.slice(0, first).map((commit) => commitResolver(repository, commit.id)),
      };
    },
    file: ({ path }: { path: string }) => {
      const [mode, , oid] = repository.git('--literal-pathspecs', 'ls-tree', id, '--', path).split(/[ \t]/);
      if (oid === undefined) return null;
      return { mode: Number.parseInt(mode ?? '', 8), oid, object: () => objectResolver(repository, oid) };
    },
  };
}

/** GitHub guesses encodings and returns text as UTF-8. Content that it considers binary has no text. */
function textOf(content: Buffer = Buffer.alloc(0)): string | null {
  if (content.includes(0)) return null;
  const shown = content.subarray(0, LONGEST_TEXT);
  const text = shown.toString('utf8');
  return Buffer.from(text).equals(shown) ? text : shown.toString('latin1');
}

function createCommit(repository: TestRepository, input: CommitInput): Resolver {
  const { branchName } = input.branch;
  const head = exactRef(repository, `refs/heads/${branchName}`);
  if (head === undefined) throw new GraphqlError('NOT_FOUND', 'No such branch');
  if (head !== input.expectedHeadOid) {
    const message = `Expected branch to point to "${head}" but it did not.  Pull and try again.`;
    throw new GraphqlError('STALE_DATA', message);
  }
  const { headline, body } = input.message;
  const files = input.fileChanges.additions.map(({ path, contents }) => [path, Buffer.from(contents, 'base64')]);
  const message = body === '' ? headline : `${headline}\n\n${body}`;
  return { commit: { oid: repository.commit(branchName, Object.fromEntries(files), message) } };
}
