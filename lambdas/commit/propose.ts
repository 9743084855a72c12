/** The commit step by a pull request: opens it, looks at it until it is merged, and replaces it when its base has changed. */
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { Plan } from '../../core/contract/plan';
import type { CommitStep, Overtaken, Proposal, Pull, ReleaseRecord } from '../../core/contract/release';
import type { PullRequest, PullRequestHost } from '../../core/ports/pull-request';
import { explainLateness } from '../../core/report/proposal/explain-wait';
import { proposalBranch } from '../../core/report/proposal/identity';
import { printProposal } from '../../core/report/proposal/print-proposal';
import { environmentNamed } from '../../core/settings/environment';
import { filesOf, writtenPaths } from '../../core/settings/files/environment-files';
import { valuesBranch } from '../../core/settings/files/values-repository';
import type { BranchRule } from '../../core/settings/schema';
import { runOf } from '../../core/version/commit-message';
import { readIfStored, readStored } from '../shared/stored';
import {
  applyRelease,
  type CommitDependencies,
  containsRun,
  headOf,
  type KnownFacts,
  noFacts,
  type ReleaseChange,
  sourceLink,
} from './apply-release';
import { isMadeBy, pullOf, settleRivals } from './overtake';
import { finish, notMerged, save, waiting } from './proposal-steps';

export interface ProposeDependencies extends CommitDependencies {
  readonly pulls: PullRequestHost;
  /** The settings of the branch rule. */
  readonly rule: NonNullable<BranchRule['pullRequest']>;
}

/** One call of the step. */
interface Call extends ProposeDependencies {
  readonly record: ReleaseRecord;
  readonly known: KnownFacts;
  /** True if the run was overtaken before the call began, as a redriven run can have been, or if the call has seen to it. */
  readonly wasOvertaken: boolean;
}

/**
 * Opens the pull request of the run, unless an earlier call has opened it. A redriven run looks at it again, and waits as long as at first.
 * Throws `CommitConflict` if the branch is gone, or if somebody else has a branch of the name.
 */
export async function propose(run: string, dependencies: ProposeDependencies): Promise<CommitStep> {
  const call = await beginCall(run, dependencies);
  const before = await readIfStored<Proposal>(call.store, objectKeys.proposal(run));
  if (before?.pull === undefined) return open(call, before);
  const pull = await call.pulls.read(before.pull.number);
  if (pull.state === 'closed') return open(call, before);
  // What a merge has brought wrongly is put right by another one.
  if (pull.state === 'merged' && (await differences(pull, call)).length > 0) return open(call, before);
  return judge({ ...before, ...timesOf(call) }, pull, call);
}

/** Looks at the open pull request. Throws `NotMerged` if it was closed, was not merged in time, or brought something else. */
export async function lookAtProposal(run: string, dependencies: ProposeDependencies): Promise<CommitStep> {
  const call = await beginCall(run, dependencies);
  const proposal = await readStored<Proposal>(call.store, objectKeys.proposal(run));
  const { pull } = proposal;
  // A call that broke off may have opened it without a record.
  if (pull === undefined) return open(call, proposal);
  return judge(proposal, await call.pulls.read(pull.number), call);
}

async function beginCall(run: string, dependencies: ProposeDependencies): Promise<Call> {
  const { store } = dependencies;
  const record = await readStored<ReleaseRecord>(store, objectKeys.release(run));
  const wasOvertaken = await store.exists(objectKeys.overtaken(run));
  return { ...dependencies, record, wasOvertaken, known: noFacts(dependencies) };
}

/** Returns the branch that the pull request goes into. */
function baseOf({ record, settings }: Pick<Call, 'record' | 'settings'>): string {
  return valuesBranch(settings, record.ref);
}

function timesOf({ clock, rule }: Pick<Call, 'clock' | 'rule'>): Pick<Proposal, 'since' | 'until'> {
  return { since: clock.now(), until: clock.now() + rule.hours * 3_600_000 };
}

// --------------------------------------------------------------------------------------------------------------- open

/** Opens the pull request on top of the base as it is now, if the base lacks anything. `before` is what it replaces, and is not open. */
async function open(call: Call, before?: Proposal, times = timesOf(call)): Promise<CommitStep> {
  const parent = await headOf(call.record, call);
  const applied = await applyRelease(call.record, parent, call.known, call);
  return applied.kind === 'done' ? finish(applied.result, call) : openOn(parent, applied, call, times, before);
}

/** Makes branch and commit on top of `parent`, and opens the pull request. */
async function openOn(
  parent: string,
  applied: ReleaseChange,
  call: Call,
  times: Pick<Proposal, 'since' | 'until'>,
  before?: Proposal,
): Promise<CommitStep> {
  const { record, pulls, store, known } = call;
  const branch = proposalBranch(record.run, parent);
  await commitOn(branch, parent, applied, call);
  const { message, changes, left } = applied;
  const facts = { parent, files: applied.before, message, branch, result: { changes, ...left } };
  const draft: Proposal = { schema: 1, run: record.run, ...facts, ...times };
  const atOnce = await openedAtOnce(draft, before, call);
  if (atOnce !== undefined) return atOnce;
  await save(draft, call);
  const plan = await readIfStored<Plan>(store, objectKeys.plan(record.run));
  const texts = printProposal({
    record,
    plan,
    message,
    link: sourceLink(record, call.settings),
    ...left,
    autoMerge: call.rule.autoMerge,
  });
  let pull: PullRequest;
  try {
    pull = await pulls.propose({ base: baseOf(call), branch, ...texts });
  } catch (error) {
    const other = (await openedAtOnce(draft, before, call)) ?? (await mergedAtOnce(call));
    if (other === undefined) throw error;
    return other;
  }
  const proposal = { ...draft, pull: pullOf(pull) };
  await save(proposal, call);
  const settled = await settleRivals({ record, pull, superseded: left.superseded }, known.isAncestor, {
    ...call,
    base: baseOf(call),
  });
  if (settled.kind === 'stays') return waiting(proposal, call);
  if (settled.kind === 'again') {
    await save({ ...draft, branch: settled.pull.branch, pull: pullOf(settled.pull) }, call);
    await pulls.close(pull.number, `Replaced by ${settled.pull.url}, which the same run opened at the same time.`);
    return lookAtProposal(record.run, call);
  }
  const { overtaken } = settled;
  await store.put(objectKeys.overtaken(record.run), JSON.stringify(overtaken));
  return closeOvertaken(proposal, pull, overtaken, call);
}

/** Ends the run with its pull request closed, unless it was merged before. */
async function closeOvertaken(proposal: Proposal, { number }: Pull, by: Overtaken, call: Call): Promise<CommitStep> {
  await call.pulls.close(number, `Closed, because ${by.pull.url} releases all of it or something newer.`);
  const now = await call.pulls.read(number);
  return now.state === 'merged' ? merged(proposal, now, { ...call, wasOvertaken: true }) : closed(proposal, now, call);
}

/**
 * Looks at the pull request that another call of the run has opened for the branch at the same time. If a call has found the run overtaken
 * since this one began, the run has ended, and opens none any more. Returns undefined otherwise.
 */
async function openedAtOnce(
  draft: Proposal,
  before: Proposal | undefined,
  call: Call,
): Promise<CommitStep | undefined> {
  const { store, pulls } = call;
  const stored = await readIfStored<Proposal>(store, objectKeys.proposal(draft.run));
  const overtaken = await readIfStored<Overtaken>(store, objectKeys.overtaken(draft.run));
  const last = stored?.pull === undefined ? before : stored;
  if (overtaken !== undefined && !call.wasOvertaken && last?.pull !== undefined) {
    return closeOvertaken(last, last.pull, overtaken, call);
  }
  if (stored?.pull === undefined || stored.branch !== draft.branch || stored.pull.number === before?.pull?.number)
    return undefined;
  return judge(stored, await pulls.read(stored.pull.number), call);
}

/** The pull request that another call has opened may be merged already: the host then refuses one without a change. */
async function mergedAtOnce(call: Call): Promise<CommitStep | undefined> {
  const applied = await applyRelease(call.record, await headOf(call.record, call), call.known, call);
  return applied.kind === 'done' ? finish(applied.result, call) : undefined;
}

/** Commits on top of `parent` on a branch of its own, and records the commit. An earlier call of the run may have made it. */
async function commitOn(
  branch: string,
  parent: string,
  { files, message }: ReleaseChange,
  { record, valuesGit, pulls, store }: Call,
): Promise<void> {
  let head = await pulls.createBranch(branch, parent);
  if (head === parent) {
    const attempt = await valuesGit.commit({ branch, parent, files, message });
    head = attempt.kind === 'committed' ? attempt.commit : attempt.head;
  }
  const [last] = await valuesGit.log(head, files[0]?.path ?? '', 1);
  if (last?.commit !== head || runOf(last.message) !== record.run) {
    const text = `branch ${branch} has commits of somebody else; the images have their versions, and nothing was committed; rename the branch, then redrive the run`;
    throw new PipelineError(ERROR_NAMES.commitConflict, text);
  }
  await store.put(objectKeys.proposed(record.run, head), JSON.stringify({ branch }));
}

// --------------------------------------------------------------------------------------------------------------- look

/** Decides what a look has found. */
async function judge(proposal: Proposal, pull: PullRequest, call: Call): Promise<CommitStep> {
  if (pull.state === 'merged') return merged(proposal, pull, call);
  if (pull.state === 'closed') return closed(proposal, pull, call);
  const base = baseOf(call);
  if (pull.base !== base) throw notMerged(pull, `goes into ${pull.base} now, not into ${base}`);
  const isOurs = await isMadeBy(proposal.run, pull, call.store);
  const replaced = isOurs ? await replaceIfOld(proposal, pull, call) : undefined;
  if (replaced !== undefined) return replaced;
  if (call.clock.now() >= proposal.until) {
    const { hours } = call.rule;
    throw notMerged(pull, explainLateness({ ...pull, refusal: proposal.refusal, hours, isOurs }));
  }
  return isOurs && call.rule.autoMerge && proposal.isScheduled !== true
    ? askForMerge(proposal, pull, call)
    : waiting(proposal, call);
}

/**
 * Replaces the pull request if the base has changed what it is about: the pipeline's own files, or a head that the host wants it to contain.
 * Closes it if the base has it already, or something newer. Returns undefined if it can stay.
 */
async function replaceIfOld(proposal: Proposal, pull: PullRequest, call: Call): Promise<CommitStep | undefined> {
  const { record, pulls } = call;
  const head = await headOf(record, call);
  const { valuesRepository } = call.settings;
  const isContained = valuesRepository === undefined || (await containsRun(record, head, call.known, call));
  if (head === proposal.parent && isContained) return undefined;
  const applied = await applyRelease(record, head, call.known, call);
  if (applied.kind === 'change') {
    const isSame = applied.before === proposal.files && !pull.isOutdated;
    if (isSame) return undefined;
    // The time to wait goes on: a busy branch must not keep a run open for ever. The base is not read again: what it has by then could end the
    // run, and leave its pull request open.
    return openOn(head, applied, call, { since: proposal.since, until: proposal.until }, proposal);
  }
  await pulls.close(pull.number, `Closed, because ${baseOf(call)} has all of it by now, or something newer.`);
  const now = await pulls.read(pull.number);
  return now.state === 'merged' ? merged(proposal, now, call) : finish({ ...applied.result, pull: pullOf(pull) }, call);
}

async function askForMerge(before: Proposal, pull: PullRequest, call: Call): Promise<CommitStep> {
  const { pulls, rule } = call;
  const { number, head } = pull;
  const refusal = await pulls.merge({ number, head, method: rule.method, message: before.message });
  const { refusal: _, ...rest } = before;
  const proposal = { ...rest, ...(refusal === undefined ? { isScheduled: true } : { refusal: refusal.slice(0, 300) }) };
  await save(proposal, call);
  const now = await pulls.read(number);
  return now.state === 'merged' ? merged(proposal, now, call) : waiting(proposal, call);
}

// --------------------------------------------------------------------------------------------------------------- ends

/** The merge must have brought exactly what the run released. */
async function merged(proposal: Proposal, pull: PullRequest, call: Call): Promise<CommitStep> {
  const paths = await differences(pull, call);
  if (paths.length === 0) {
    const commit = pull.mergeCommit ?? (await headOf(call.record, call));
    return finish({ commit, ...proposal.result, pull: pullOf(pull) }, call);
  }
  const { since, until } = proposal;
  // The host has merged it with a change of the base that no look had seen yet. The rest goes by another one.
  if (call.clock.now() < until && (await isMadeBy(proposal.run, pull, call.store)))
    return open(call, proposal, { since, until });
  const text = `was merged, and ${paths.join(' and ')} differ from what the run released; redrive the run to propose the rest`;
  throw notMerged(pull, text);
}

/** Returns which files do not have, after the merge, exactly what the run released: its versions, digests and sources. */
async function differences(pull: PullRequest, call: Call): Promise<readonly string[]> {
  const { record, settings } = call;
  const commit = pull.mergeCommit ?? (await headOf(record, call));
  const applied = await applyRelease(record, commit, call.known, call);
  const files = filesOf(environmentNamed(settings, record.environment));
  if (applied.kind === 'done') return [];
  const released = [...writtenPaths(files), files.lock];
  return applied.files.map(({ path }) => path).filter((path) => released.includes(path));
}

/** Another call of the run, or a newer run, may have closed it. Otherwise a person did. */
async function closed(proposal: Proposal, pull: PullRequest, call: Call): Promise<CommitStep> {
  const { record, store, pulls } = call;
  if ((await readIfStored<Overtaken>(store, objectKeys.overtaken(proposal.run))) !== undefined) {
    const superseded = record.services.map(({ name }) => name);
    return finish({ commit: null, changes: 0, superseded, supersededBy: 'release', pull: pullOf(pull) }, call);
  }
  const now = await readStored<Proposal>(store, objectKeys.proposal(proposal.run));
  if (now.pull !== undefined && now.pull.number !== pull.number) {
    return judge(now, await pulls.read(now.pull.number), call);
  }
  const applied = await applyRelease(record, await headOf(record, call), call.known, call);
  if (applied.kind === 'done') return finish({ ...applied.result, pull: pullOf(pull) }, call);
  throw notMerged(pull, 'was closed without a merge; redrive the run to open another one, or leave it at that');
}
