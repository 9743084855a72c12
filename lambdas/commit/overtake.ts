/** Pull requests of other runs into the same branch: a newer release closes those that it makes superfluous. */
import { objectKeys } from '../../core/contract/keys';
import type { Overtaken, Proposal, Pull, ReleaseRecord } from '../../core/contract/release';
import type { SourceRepository } from '../../core/ports/git';
import type { PullRequest, PullRequestHost } from '../../core/ports/pull-request';
import type { ObjectStore } from '../../core/ports/store';
import { proposalMarker, runOfBranch } from '../../core/report/proposal/identity';
import { readIfStored } from '../shared/stored';

/** A pull request with what it releases. */
export interface Rival {
  readonly pull: PullRequest;
  readonly record: ReleaseRecord;
  readonly superseded: readonly string[];
}

/**
 * Returns the open pull requests of runs into the branch. One counts only if its branch, its marker and the store agree, and if its head is
 * a commit that the run made: what anybody else has touched is left alone.
 */
export async function openRivals(
  base: string,
  pulls: Pick<PullRequestHost, 'open'>,
  store: Pick<ObjectStore, 'get' | 'exists'>,
): Promise<readonly Rival[]> {
  const rivals = (await pulls.open(base)).map(async (pull): Promise<readonly Rival[]> => {
    const run = runOfBranch(pull.branch);
    if (run === undefined || !pull.body.startsWith(proposalMarker(run))) return [];
    if (!(await isMadeBy(run, pull, store))) return [];
    const [record, proposal] = await Promise.all([
      readIfStored<ReleaseRecord>(store, objectKeys.release(run)),
      readIfStored<Proposal>(store, objectKeys.proposal(run)),
    ]);
    if (record === undefined || proposal === undefined) return [];
    return [{ pull, record, superseded: proposal.result.superseded }];
  });
  return (await Promise.all(rivals)).flat();
}

/** Returns true if the head of the pull request is a commit of the run. */
export function isMadeBy(run: string, { head }: PullRequest, store: Pick<ObjectStore, 'exists'>): Promise<boolean> {
  return store.exists(objectKeys.proposed(run, head));
}

/** `overtaken` by another run, or replaced `again` by another call of the same run. */
type Settled =
  | { readonly kind: 'stays' }
  | { readonly kind: 'overtaken'; readonly overtaken: Overtaken }
  | { readonly kind: 'again'; readonly pull: PullRequest };

/**
 * Closes what this run replaces: its own earlier pull requests, and those that it overtakes. Two runs that open theirs at the same time both
 * look afterwards, so that at least one of them sees the other.
 */
export async function settleRivals(
  mine: Rival,
  isAncestor: SourceRepository['isAncestor'],
  { base, pulls, store }: { readonly base: string; readonly pulls: PullRequestHost; readonly store: ObjectStore },
): Promise<Settled> {
  const { number, url } = mine.pull;
  const rivals = (await openRivals(base, pulls, store)).filter(({ pull }) => pull.number !== number);
  const own = rivals.filter(({ record }) => record.run === mine.record.run);
  const again = own.find(({ pull }) => pull.number > number);
  if (again !== undefined) return { kind: 'again', pull: again.pull };
  for (const { pull } of own) await pulls.close(pull.number, `Replaced by ${url}, on top of the branch as it is now.`);
  for (const rival of rivals.filter((each) => !own.includes(each))) {
    if (await overtakes(rival, mine, isAncestor)) {
      return { kind: 'overtaken', overtaken: { by: rival.record.run, pull: pullOf(rival.pull) } };
    }
    if (!(await overtakes(mine, rival, isAncestor))) continue;
    const overtaken: Overtaken = { by: mine.record.run, pull: { number, url } };
    // The other run must find the reason when it finds its pull request closed.
    await store.put(objectKeys.overtaken(rival.record.run), JSON.stringify(overtaken));
    await pulls.close(rival.pull.number, `Replaced by ${url}, which releases all of it or something newer.`);
  }
  return { kind: 'stays' };
}

/** Returns what is stored of a pull request. */
export function pullOf({ number, url }: PullRequest): Pull {
  return { number, url };
}

/**
 * Returns true if `one` makes `other` superfluous: the same environment, at least the same services, from commits that are not older. A push
 * does not take back what a person released. Of two that make each other superfluous, and of a rollback and any other, the later one wins.
 */
export async function overtakes(
  one: Rival,
  other: Rival,
  isAncestor: SourceRepository['isAncestor'],
): Promise<boolean> {
  const isLater = one.pull.number > other.pull.number;
  if (one.record.environment !== other.record.environment || !covers(one, other)) return false;
  if ([one, other].some(({ record }) => record.action === 'rollback')) return isLater;
  if (one.record.action === 'push' && other.record.action !== 'push') return false;
  if (!(await isNoOlder(one, other, isAncestor))) return false;
  return isLater || !(covers(other, one) && (await isNoOlder(other, one, isAncestor)));
}

function covers(one: Rival, other: Rival): boolean {
  const names = new Set(releasedOf(one).map(({ name }) => name));
  return releasedOf(other).every(({ name }) => names.has(name));
}

function releasedOf({ record, superseded }: Rival): ReleaseRecord['services'] {
  return record.services.filter(({ name }) => !superseded.includes(name));
}

async function isNoOlder(one: Rival, other: Rival, isAncestor: SourceRepository['isAncestor']): Promise<boolean> {
  const sources = new Map(releasedOf(one).map(({ name, source }) => [name, source]));
  const answers = releasedOf(other).map(({ name, source }) => isAncestor(source, sources.get(name) ?? ''));
  return (await Promise.all(answers)).every(Boolean);
}
