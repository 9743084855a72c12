/** The ways in which a run can end, each with the numbers and words that every medium must tell. */
import type { BuildOutcome } from '../../../core/contract/job';
import { objectKeys } from '../../../core/contract/keys';
import type { Plan } from '../../../core/contract/plan';
import type { ExecutionEnd } from '../../../core/contract/report';
import { COMMIT, plannedService, planOf } from '../../support/pipeline/runs';

const BUILDS = ['b1', 'b2', 'b3'].map((name) => plannedService(name, 'build'));
const OTHERS = [plannedService('r1', 'retag'), plannedService('r2', 'retag'), plannedService('k1', 'keep')];
const PLAN = planOf([...BUILDS, ...OTHERS]);
const ROLLBACK = planOf(OTHERS, { action: 'rollback', rollbackTo: 'v1.3.0' });
const NOTHING = planOf([plannedService('k1', 'keep'), plannedService('k2', 'keep')], { action: 'push' });
const NO_CATALOG = planOf([], { action: 'push', note: 'this commit has no catalog pipeline.yaml: nothing to do' });

const ok = (service: string): BuildOutcome => ({ service, status: 'SUCCEEDED' });
const ALL_BUILT = [[ok('b1')], [[ok('b2')], ok('b3')]];
const SOME_FAILED = [
  ok('b1'),
  { service: 'b2', status: 'FAILED' },
  { service: 'b3', status: 'STOPPED', cause: 'late' },
];
const moved = { commit: 'e'.repeat(40), superseded: [] };

/** The end of a run: objects that its steps stored, its last state or the event about it, and the expected numbers and words. */
export interface End {
  readonly plan?: Plan;
  readonly stored?: Readonly<Record<string, object>>;
  readonly state?: object;
  readonly event?: Exclude<ExecutionEnd, 'SUCCEEDED'>;
  readonly redrives?: number;
  readonly counts: readonly [built: number, retagged: number, kept: number, failed: number, notDone: number];
  readonly result?: string;
  readonly commit?: string;
  readonly uncommitted?: readonly string[];
}

const tagged = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [objectKeys.tagged('run-1', name), { version: 'v1.4.0' }]));
const RELEASED = { [objectKeys.release('run-1')]: { services: [] } };
const built = (name: string, run: string) => ({
  [objectKeys.candidate(`${name}.${'d'.repeat(40)}`)]: { run, builtAt: '2026-05-04T10:00:00Z' },
});
const ALL_CANDIDATES = { ...built('b1', 'run-1'), ...built('b2', 'run-1'), ...built('b3', 'run-1') };
const LEFT_BY_JOBS = {
  ...built('b1', 'run-1'),
  ...built('b3', 'another run'),
  [objectKeys.failure('run-1', 'b2')]: { service: 'b2', status: 'FAILED', attempt: 1, redrives: 0 },
  [objectKeys.failure('run-1', 'b3')]: { service: 'b3', status: 'FAULT', attempt: 1, redrives: 0 },
};
const error = (name: string) => ({ Error: name, Cause: `${name} happened` });

export const ENDS: Readonly<Record<string, End>> = {
  succeeded: {
    plan: PLAN,
    stored: RELEASED,
    state: { builds: ALL_BUILT, moved },
    counts: [3, 2, 1, 0, 0],
    commit: moved.commit,
  },
  superseded: {
    plan: PLAN,
    stored: RELEASED,
    state: { builds: ALL_BUILT, moved: { ...moved, superseded: ['r1'], supersededBy: 'release' } },
    counts: [3, 2, 1, 0, 0],
    commit: moved.commit,
    result: 'left 1 of 5 services to a later release or rollback; built 3, retagged 2, kept 1, failed 0, not done 0',
    uncommitted: ['r1'],
  },
  'the branch was rewound': {
    plan: PLAN,
    stored: RELEASED,
    state: { builds: ALL_BUILT, moved: { commit: null, superseded: ['b1', 'r1'], supersededBy: 'rewind' } },
    counts: [3, 2, 1, 0, 0],
    result:
      "committed nothing, as the branch no longer contains the run's commit; built 3, retagged 2, kept 1, failed 0, not done 0",
    uncommitted: ['b1', 'r1'],
  },
  'the branch was rewound, then stopped': {
    plan: PLAN,
    stored: {
      ...ALL_CANDIDATES,
      ...RELEASED,
      [objectKeys.commit('run-1')]: { commit: null, changes: 0, superseded: ['r2'], supersededBy: 'rewind' },
    },
    event: 'ABORTED',
    counts: [3, 2, 1, 0, 0],
    result:
      "committed nothing, as the branch no longer contains the run's commit; built 3, retagged 2, kept 1, failed 0, not done 0",
    uncommitted: ['r2'],
  },
  'refused input': {
    state: { input: { action: 'push', commit: COMMIT }, error: error('InvalidInput') },
    counts: [0, 0, 0, 0, 0],
    result: 'nothing was planned, built or tagged',
  },
  'planning failed after the plan was stored': {
    plan: PLAN,
    state: { input: {}, error: error('GitHostError') },
    counts: [0, 0, 1, 0, 5],
  },
  'some builds failed': {
    plan: PLAN,
    state: { builds: SOME_FAILED, error: error('BuildsFailed') },
    counts: [1, 0, 1, 1, 3],
  },
  'not approved': { plan: PLAN, state: { builds: ALL_BUILT, error: error('NotApproved') }, counts: [3, 0, 1, 0, 2] },
  'release refused': {
    plan: PLAN,
    state: { builds: ALL_BUILT, error: error('VersionTaken') },
    counts: [3, 0, 1, 0, 2],
  },
  'release broke off between two tags': {
    plan: PLAN,
    stored: tagged('b1', 'b3', 'r2'),
    state: { builds: ALL_BUILT, error: error('RegistryError') },
    counts: [3, 1, 1, 0, 1],
    result: 'gave 3 of 5 images their version and committed nothing; built 3, retagged 1, kept 1, failed 0, not done 1',
  },
  'stopped between two tags': {
    plan: PLAN,
    stored: { ...ALL_CANDIDATES, ...tagged('b1', 'r1') },
    event: 'ABORTED',
    counts: [3, 1, 1, 0, 1],
    result: 'gave 2 of 5 images their version and committed nothing; built 3, retagged 1, kept 1, failed 0, not done 1',
  },
  'commit refused': {
    plan: PLAN,
    stored: RELEASED,
    state: { builds: ALL_BUILT, error: error('CommitConflict') },
    counts: [3, 2, 1, 0, 0],
  },
  stopped: { plan: PLAN, stored: LEFT_BY_JOBS, event: 'ABORTED', counts: [1, 0, 1, 1, 3] },
  'timed out': { plan: PLAN, stored: LEFT_BY_JOBS, event: 'TIMED_OUT', counts: [1, 0, 1, 1, 3] },
  'stopped after the release': {
    plan: PLAN,
    stored: { ...ALL_CANDIDATES, ...RELEASED },
    event: 'ABORTED',
    counts: [3, 2, 1, 0, 0],
  },
  'stopped between commit and report': {
    plan: PLAN,
    stored: { ...ALL_CANDIDATES, ...RELEASED, [objectKeys.commit('run-1')]: { ...moved, changes: 5 } },
    event: 'ABORTED',
    counts: [3, 2, 1, 0, 0],
    commit: moved.commit,
  },
  'rollback, stopped between commit and report': {
    plan: ROLLBACK,
    stored: { ...RELEASED, [objectKeys.commit('run-1')]: { ...moved, superseded: ['r1'], changes: 1 } },
    uncommitted: ['r1'],
    event: 'TIMED_OUT',
    counts: [0, 1, 1, 0, 1],
    result: 'built 0, restored 1, kept 1, failed 0, not done 1',
    commit: moved.commit,
  },
  'redriven, then stopped': {
    plan: PLAN,
    stored: LEFT_BY_JOBS,
    event: 'ABORTED',
    redrives: 1,
    counts: [1, 0, 1, 0, 4],
  },
  'nothing to do': { plan: NOTHING, state: {}, counts: [0, 0, 2, 0, 0] },
  'no catalog': { plan: NO_CATALOG, state: {}, counts: [0, 0, 0, 0, 0], result: NO_CATALOG.note ?? '' },
  'dry run': {
    plan: { ...PLAN, dryRun: true },
    state: { dryRun: true },
    counts: [0, 0, 1, 0, 5],
    result: 'to build 3, to retag 2, to keep 1; nothing was written',
  },
  'rollback, partly superseded': {
    plan: ROLLBACK,
    stored: RELEASED,
    state: { builds: [], moved: { ...moved, superseded: ['r1'], supersededBy: 'release' } },
    counts: [0, 1, 1, 0, 1],
    commit: moved.commit,
    result: 'left 1 of 2 services to a later release or rollback; built 0, restored 1, kept 1, failed 0, not done 1',
    uncommitted: ['r1'],
  },
  'rollback, commit refused': {
    plan: ROLLBACK,
    stored: RELEASED,
    state: { builds: [], error: error('CommitConflict') },
    counts: [0, 0, 1, 0, 2],
    result: 'built 0, restored 0, kept 1, failed 0, not done 2',
  },
};
