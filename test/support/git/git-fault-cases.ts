/** The 19 faults of a git host during a commit, before or after the request takes effect. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../http/fault-proxy-rules';
import { rewind, upset } from '../races/branch-upsets';
import { FILES, FIRST_VERSION, type HostKind, type RaceWorld } from '../races/race-world';

/** The end of a run after the fault: its commit landed, it failed without a change, or a newer run replaced it. */
export type Ending = 'RECOVERED' | 'FAILED CLEAN' | 'SUPERSEDED';

export interface GitFaultCase {
  readonly name: string;
  /** The faulty request: a read, or the write that moves the branch. */
  readonly at: 'read' | 'write';
  /** The fault of the network; undefined if only `happens` applies. */
  readonly fault?: Fault;
  /** True if every such request fails; otherwise, only the first one does. */
  readonly lasting?: boolean;
  /** Changes the server just before it gets the request. */
  readonly happens?: (world: RaceWorld) => void;
  readonly ends: Ending;
  /** The expected error of a failed run. */
  readonly says?: RegExp;
}

/** Returns the cases for a kind of host. `elsewhere` is the address of a server that must never get a credential. */
export function gitFaultCases(kind: HostKind, elsewhere: string): readonly GitFaultCase[] {
  return kind === 'GitHub' ? gitHubCases(elsewhere) : commonCases(elsewhere);
}

/** GitHub has no ref locks and no hooks. It reports a protected branch in its reply. */
function gitHubCases(elsewhere: string): readonly GitFaultCase[] {
  const message = 'Protected branch update failed: changes must be made through a pull request.';
  const body = JSON.stringify({ data: { createCommitOnBranch: null }, errors: [{ type: 'UNPROCESSABLE', message }] });
  return commonCases(elsewhere)
    .filter(({ name }) => !name.startsWith('G12'))
    .map(({ happens, ...rest }) => {
      if (!rest.name.startsWith('G13')) return happens === undefined ? rest : { ...rest, happens };
      return { ...rest, fault: { kind: 'reply', when: 'before', status: 200, body } };
    });
}

function commonCases(elsewhere: string): readonly GitFaultCase[] {
  const status = (when: 'before' | 'after', code: number, rest: Partial<Fault> = {}): Fault =>
    ({ kind: 'reply', when, status: code, ...rest }) as Fault;
  return [
    { name: 'G1 503 on the write', at: 'write', fault: status('before', 503), ends: 'RECOVERED' },
    {
      name: 'G2 429 on a read, with Retry-After',
      at: 'read',
      fault: status('before', 429, { headers: { 'retry-after': '1' } }),
      ends: 'RECOVERED',
    },
    { name: 'G3 reset before the write', at: 'write', fault: { kind: 'reset', when: 'before' }, ends: 'RECOVERED' },
    { name: 'G4 reset after the write', at: 'write', fault: { kind: 'reset', when: 'after' }, ends: 'RECOVERED' },
    { name: 'G5 reply cut after the write', at: 'write', fault: { kind: 'truncate', bytes: 5 }, ends: 'RECOVERED' },
    { name: 'G6 504 after the write', at: 'write', fault: status('after', 504), ends: 'RECOVERED' },
    {
      name: 'G7 foreign commit to another file',
      at: 'write',
      happens: foreign('README.md', () => 'x'),
      ends: 'RECOVERED',
    },
    {
      name: 'G8 foreign commit to another key of the file',
      at: 'write',
      happens: foreign(FILES.values, (text) => text.replace('replicas: 1', 'replicas: 9')),
      ends: 'RECOVERED',
    },
    {
      name: 'G9 foreign commit to the same key',
      at: 'write',
      happens: foreign(
        FILES.values,
        (text) => text.replace(/^(auth: .*tag: )\S+/m, `$1${FIRST_VERSION}`),
        'pin auth by hand',
      ),
      ends: 'RECOVERED',
    },
    { name: 'G10 the branch is rewound', at: 'write', happens: (world) => rewind(world, 1), ends: 'SUPERSEDED' },
    {
      name: 'G11 the branch is deleted',
      at: 'write',
      happens: (world) => upset(world, 'deleted'),
      ends: 'FAILED CLEAN',
      says: /branch '?main'? (does not exist|was deleted)/,
    },
    { name: 'G12 the ref is locked for a moment', at: 'write', happens: lockForAMoment, ends: 'RECOVERED' },
    {
      name: 'G13 the branch is protected',
      at: 'write',
      happens: (world) => upset(world, 'protected'),
      ends: 'FAILED CLEAN',
      says: /branch 'main' cannot be updated: .*(declined|protected)/i,
    },
    {
      name: 'G14 401 in the middle of the run',
      at: 'read',
      fault: status('before', 401),
      lasting: true,
      ends: 'FAILED CLEAN',
      says: /401/,
    },
    {
      name: 'G15 a login page instead of a reply',
      at: 'read',
      fault: status('before', 200, { headers: { 'content-type': 'text/html' }, body: '<html>Log in</html>' }),
      lasting: true,
      ends: 'FAILED CLEAN',
      says: /NOT_JSON|NOT_GIT/,
    },
    {
      name: 'G16 redirect to another host',
      at: 'write',
      fault: status('before', 307, { headers: { location: `${elsewhere}/graphql` } }),
      lasting: true,
      ends: 'FAILED CLEAN',
      says: /REDIRECT: .* is not followed/,
    },
    { name: 'G17 a slow line', at: 'read', fault: { kind: 'trickle', milliseconds: 1 }, ends: 'RECOVERED' },
    { name: 'G18 a reply that is cut', at: 'read', fault: { kind: 'truncate', bytes: 40 }, ends: 'RECOVERED' },
    { name: 'G19 the source commit is gone', at: 'write', happens: doNothing, ends: 'SUPERSEDED' },
  ];
}

/** A commit id that does not exist, for the run of G19. */
export const GONE_COMMIT = 'f'.repeat(40);

function foreign(path: string, edit: (text: string) => string, message = 'by another person') {
  return ({ repository, foreignCommits }: RaceWorld): void => {
    const text = path === 'README.md' ? '' : `${repository.git('show', `main:${path}`)}\n`;
    foreignCommits.add(repository.commit('main', { [path]: edit(text) }, message));
  };
}

/** Locks the branch like a concurrent push; git only checks that the file exists. */
function lockForAMoment({ repository }: RaceWorld): void {
  const lock = join(repository.path, 'refs/heads/main.lock');
  writeFileSync(lock, '');
  setTimeout(() => rmSync(lock, { force: true }), 300);
}

/** Does nothing, because the run was planned at a commit that does not exist. */
function doNothing(): void {}
