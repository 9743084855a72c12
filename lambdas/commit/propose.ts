/** The commit step by a pull request: opens it, looks at it until it is merged, and replaces it when its base has changed. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { Plan } from '../../core/contract/plan';
import type { CommitResult, CommitStep, Overtaken, Proposal, ReleaseRecord } from '../../core/contract/release';
import type { PullRequest, PullRequestHost } from '../../core/ports/pull-request';
import { printProposal, proposalBranch } from '../../core/report/proposal';
import { environmentNamed, filesOf } from '../../core/settings/environment';
import type { BranchRule } from '../../core/settings/schema';
import { runOf } from '../../core/version/commit-message';
import { readIfStored, readStored } from '../shared/stored';
import { type AppliedRelease, applyRelease, type KnownFacts, noFacts } from './apply-release';
import { type CommitDependencies, headOf } from './commit';
import { isMadeBy, pullOf, settleRivals } from './overtake';

export interface ProposeDependencies extends CommitDependencies {
  readonly pulls: PullRequestHost;
  /** The settings of the branch rule. */
  readonly rule: NonNullable<BranchRule['pullRequest']>;
}

/** One call of the step. */
interface Call extends ProposeDependencies {
  readonly record: ReleaseRecord;
  readonly known: KnownFacts;
}

/**
 * Opens the pull request of the run, unless an earlier call has opened it. A redriven run looks at it again, and waits as long as at first.
 * Throws `CommitConflict` if the branch is gone, or if somebody else has a branch of the name.
 */
export async function propose(run: string, dependencies: ProposeDependencies): Promise<CommitStep> {
  const call = await beginCall(run, dependencies);
  const before = await readIfStored<Proposal>(call.store, objectKeys.proposal(run));
  const pull = before?.pull === undefined ? undefined : await call.pulls.read(before.pull.number);
  if (before === undefined || pull === undefined || pull.state === 'closed') return open(call, before?.made ?? []);
  // What a merge has brought wrongly is put right by another one.
  if (pull.state === 'merged' && (await differences(pull, call)).length > 0) return open(call, before.made);
  return judge({ ...before, ...timesOf(call) }, pull, call);
}

/** Looks at the open pull request. Throws `NotMerged` if it was closed, was not merged in time, or brought something else. */
export async function lookAtProposal(run: string, dependencies: ProposeDependencies): Promise<CommitStep> {
  const call = await beginCall(run, dependencies);
  const proposal = await readStored<Proposal>(call.store, objectKeys.proposal(run));
  const { pull } = proposal;
  // A call that broke off may have opened it without a record.
  if (pull === undefined) return open(call, proposal.made);
  return judge(proposal, await call.pulls.read(pull.number), call);
}

async function beginCall(run: string, dependencies: ProposeDependencies): Promise<Call> {
  const record = await readStored<ReleaseRecord>(dependencies.store, objectKeys.release(run));
  return { ...dependencies, record, known: noFacts(dependencies.git) };
}

function timesOf({ clock, rule }: Pick<Call, 'clock' | 'rule'>): Pick<Proposal, 'since' | 'until'> {
  return { since: clock.now(), until: clock.now() + rule.hours * 3_600_000 };
}

// --------------------------------------------------------------------------------------------------------------- open

/** Makes branch and commit on top of the base as it is now, and opens the pull request. */
async function open(call: Call, made: Proposal['made'], times = timesOf(call)): Promise<CommitStep> {
  const { record, git, pulls, store } = call;
  const parent = await headOf(record, git);
  const applied = await applyRelease(record, parent, call.known, call);
  if (applied.kind === 'done') return finish(applied.result, call);
  const branch = proposalBranch(record.run, parent);
  const commit = await commitOn(branch, parent, applied, call);
  const others = made.filter((each) => each.branch !== branch);
  const draft: Proposal = {
    schema: 1,
    run: record.run,
    parent,
    files: applied.before,
    made: [...others, { branch, commit }],
    result: { changes: applied.changes, ...applied.left },
    ...times,
  };
  await save(draft, call);
  const plan = await readIfStored<Plan>(store, objectKeys.plan(record.run));
  const facts = { record, plan, message: applied.message, ...applied.left, autoMerge: call.rule.autoMerge };
  const pull = await pulls.propose({ base: record.ref, branch, ...printProposal(facts) });
  const proposal = { ...draft, pull: pullOf(pull) };
  await save(proposal, call);
  const mine = { record, pull, superseded: applied.left.superseded };
  const overtaken = await settleRivals(mine, call.known.isAncestor, call);
  if (overtaken === undefined) return waiting(proposal, call);
  await pulls.close(pull.number, `Closed, because ${overtaken.pull.url} releases all of it or something newer.`);
  return judge(proposal, await pulls.read(pull.number), call, overtaken);
}

/** Commits on top of `parent` on a branch of its own. An earlier call of the run may have done so. */
async function commitOn(
  branch: string,
  parent: string,
  { files, message }: Extract<AppliedRelease, { kind: 'change' }>,
  { record, settings, git, pulls }: Call,
): Promise<string> {
  let head = await pulls.createBranch(branch, parent);
  if (head === parent) {
    const attempt = await git.commit({ branch, parent, files, message });
    if (attempt.kind === 'committed') return attempt.commit;
    head = attempt.head;
  }
  const { lock } = filesOf(environmentNamed(settings, record.environment));
  const [last] = await git.log(head, lock, 1);
  if (last?.commit === head && runOf(last.message) === record.run) return head;
  const text = `branch ${branch} has commits of somebody else; the images have their versions, and nothing was committed; rename the branch, then redrive the run`;
  throw new PipelineError(ERROR_NAMES.commitConflict, text);
}

// --------------------------------------------------------------------------------------------------------------- look

/** Decides what a look has found. */
async function judge(proposal: Proposal, pull: PullRequest, call: Call, overtaken?: Overtaken): Promise<CommitStep> {
  if (pull.state === 'merged') return merged(proposal, pull, call);
  if (pull.state === 'closed') return closed(proposal, pull, call, overtaken);
  if (pull.base !== call.record.ref) throw notMerged(pull, `goes into ${pull.base} now, not into ${call.record.ref}`);
  const isOurs = isMadeBy(proposal, pull);
  const replaced = isOurs ? await replaceIfOld(proposal, pull, call) : undefined;
  if (replaced !== undefined) return replaced;
  if (call.clock.now() >= proposal.until) throw notMerged(pull, tooLate(proposal, pull, call, isOurs));
  return isOurs && call.rule.autoMerge && proposal.isScheduled !== true
    ? askForMerge(proposal, pull, call)
    : waiting(proposal, call);
}

/**
 * Replaces the pull request if the base has changed what it is about: the pipeline's own files, or a head that the host wants it to contain.
 * Closes it if the base has it already, or something newer. Returns undefined if it can stay.
 */
async function replaceIfOld(proposal: Proposal, pull: PullRequest, call: Call): Promise<CommitStep | undefined> {
  const { record, git, pulls } = call;
  const head = await headOf(record, git);
  if (head === proposal.parent) return undefined;
  const applied = await applyRelease(record, head, call.known, call);
  if (applied.kind === 'change') {
    const isSame = applied.before === proposal.files && !pull.isOutdated;
    if (isSame) return undefined;
    // The time to wait goes on: a busy branch must not keep a run open for ever.
    return open(call, proposal.made, { since: proposal.since, until: proposal.until });
  }
  await pulls.close(pull.number, `Closed, because ${record.ref} has all of it by now, or something newer.`);
  const now = await pulls.read(pull.number);
  return now.state === 'merged' ? merged(proposal, now, call) : finish({ ...applied.result, pull: pullOf(pull) }, call);
}

async function askForMerge(before: Proposal, pull: PullRequest, call: Call): Promise<CommitStep> {
  const { pulls, rule, git, settings, record } = call;
  const { lock } = filesOf(environmentNamed(settings, record.environment));
  const [last] = await git.log(pull.head, lock, 1);
  const { number, head } = pull;
  const refusal = await pulls.merge({ number, head, method: rule.method, message: last?.message ?? '' });
  const { refusal: _, ...rest } = before;
  const proposal = { ...rest, ...(refusal === undefined ? { isScheduled: true } : { refusal: refusal.slice(0, 300) }) };
  await save(proposal, call);
  const now = await pulls.read(number);
  return now.state === 'merged' ? merged(proposal, now, call) : waiting(proposal, call);
}

// --------------------------------------------------------------------------------------------------------------- ends

async function merged(proposal: Proposal, pull: PullRequest, call: Call): Promise<CommitStep> {
  const paths = await differences(pull, call);
  if (paths.length === 0) {
    const commit = pull.mergeCommit ?? (await headOf(call.record, call.git));
    return finish({ commit, ...proposal.result, pull: pullOf(pull) }, call);
  }
  const text = `was merged, and ${paths.join(' and ')} differ from what the run released; redrive the run to propose the rest`;
  throw notMerged(pull, text);
}

/** Returns which files do not have, after the merge, exactly what the run released: its versions, digests and sources. */
async function differences(pull: PullRequest, call: Call): Promise<readonly string[]> {
  const { record, settings } = call;
  const commit = pull.mergeCommit ?? (await headOf(record, call.git));
  const applied = await applyRelease(record, commit, call.known, call);
  const { values, lock } = filesOf(environmentNamed(settings, record.environment));
  if (applied.kind === 'done') return [];
  return applied.files.map(({ path }) => path).filter((path) => path === values || path === lock);
}

async function closed(
  proposal: Proposal,
  pull: PullRequest,
  call: Call,
  known: Overtaken | undefined,
): Promise<CommitStep> {
  const { record, store } = call;
  const overtaken = known ?? (await readIfStored<Overtaken>(store, objectKeys.overtaken(proposal.run)));
  if (overtaken === undefined) {
    throw notMerged(pull, 'was closed without a merge; redrive the run to open another one, or leave it at that');
  }
  const superseded = record.services.map(({ name }) => name);
  return finish({ commit: null, changes: 0, superseded, supersededBy: 'release', pull: pullOf(pull) }, call);
}

/** Nothing is waited for. */
export const DONE = { next: 'done', seconds: 0 } as const;

async function finish(result: CommitResult, { record, store }: Call): Promise<CommitStep> {
  await store.put(objectKeys.commit(record.run), JSON.stringify(result));
  return { ...result, ...DONE };
}

function tooLate({ refusal }: Proposal, { waitsFor }: PullRequest, { rule }: Call, isOurs: boolean): string {
  const why = [
    ...(waitsFor === undefined ? [] : [`the git host calls it ${waitsFor}`]),
    ...(refusal === undefined ? [] : [`it does not merge it by itself: ${refusal}`]),
    ...(isOurs ? [] : ['its branch has commits of somebody else']),
  ];
  const hours = Math.round(rule.hours * 100) / 100;
  return `was not merged within ${hours} hours${why.length === 0 ? '' : ` (${why.join('; ')})`}; it stays open: merge it, then redrive the run, which goes on from there`;
}

function notMerged({ number, url }: PullRequest, what: string): PipelineError {
  return new PipelineError(ERROR_NAMES.notMerged, `pull request ${number} (${url}) ${what}`);
}

/** Seconds between two looks: short at first, and at most ten minutes, so that a week has about a thousand. */
const SHORTEST_WAIT = 15;
const LONGEST_WAIT = 600;

function waiting({ since, result, pull }: Proposal, { clock }: Call): CommitStep {
  const elapsed = (clock.now() - since) / 1000;
  const seconds = Math.round(Math.min(LONGEST_WAIT, Math.max(SHORTEST_WAIT, elapsed / 10)));
  return { commit: null, ...result, ...(pull === undefined ? {} : { pull }), next: 'wait', seconds };
}

async function save(proposal: Proposal, { store }: Call): Promise<void> {
  await store.put(objectKeys.proposal(proposal.run), JSON.stringify(proposal));
}
