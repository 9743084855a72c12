/** Changes that people with more rights than a pipeline make to a branch while runs want to commit to it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RaceWorld } from './race-world';

export const UPSETS = ['rewound', 'deleted', 'protected'] as const;
export type Upset = (typeof UPSETS)[number];

/** A forced move of a branch from `from` to `to` (undefined: deleted). `log` is every commit that it was at before. */
export interface Cut {
  readonly from: string;
  readonly to: string | undefined;
  readonly log: readonly string[];
}

/** The commits that a world starts with; they have the catalog. */
const FIRST_COMMITS = 2;

/** Makes the change to `main`, at once. */
export function upset(world: RaceWorld, kind: Upset): void {
  if (kind === 'protected') protect(world);
  else if (kind === 'deleted') cut(world, undefined);
  else rewind(world, 3);
}

/** Rewinds `main` by a number of commits, but never behind those that the world starts with. */
export function rewind(world: RaceWorld, commits: number): void {
  const { git } = world.repository;
  const most = Number(git('rev-list', '--count', '--first-parent', 'main')) - FIRST_COMMITS;
  cut(world, `main~${Math.min(commits, most)}`);
}

/** Retries as long as pushes come in between. */
function cut({ repository, cuts }: RaceWorld, target: string | undefined): void {
  for (;;) {
    const [from = '', to] = repository.git('rev-parse', 'main', ...(target === undefined ? [] : [target])).split('\n');
    const log = placesOf(repository);
    const move = to === undefined ? ['-d', 'refs/heads/main', from] : ['refs/heads/main', to, from];
    if (!succeeds(() => repository.git('update-ref', ...move))) continue;
    cuts.push({ from, to, log });
    return;
  }
}

function succeeds(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** Returns every commit that `main` was at, in order; none if the branch is gone. */
export function placesOf({ git }: Pick<RaceWorld['repository'], 'git'>): readonly string[] {
  if (git('for-each-ref', 'refs/heads/main') === '') return [];
  return git('reflog', 'show', '--format=%H', 'main').split('\n').reverse();
}

function protect({ repository }: RaceWorld): void {
  const hooks = join(repository.path, 'hooks');
  mkdirSync(hooks, { recursive: true });
  writeFileSync(join(hooks, 'pre-receive'), '#!/bin/sh\necho the branch is protected >&2\nexit 1\n', { mode: 0o755 });
}
