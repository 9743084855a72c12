/** Argo CD and Flux are waited for until they have synced the commit or a later one. */
import { argoRevisions, fluxRevisionsOf, judgeApplication, judgeFlux } from '../../../core/convergence/judge-sync';
import type { Application, FluxObject } from '../../../core/ports/cluster';
import { meta } from '../../support/cluster/objects';

const COMMIT = 'c'.repeat(40);
const LATER = 'd'.repeat(40);
const OLD = 'b'.repeat(40);

/** The commit or a later one, also abbreviated, as git tells. */
const contains = (revision: string) => [COMMIT, LATER].some((commit) => commit.startsWith(revision));

describe('an Application of Argo CD', () => {
  const judge = (status: NonNullable<Application['status']>) =>
    judgeApplication({ metadata: meta('shop'), status }, contains);
  const synced = { sync: { status: 'Synced', revision: COMMIT }, operationState: { phase: 'Succeeded' } };
  test.each([
    ['at the commit', synced, 'synced', undefined],
    ['at a later commit', { ...synced, sync: { status: 'Synced', revision: LATER } }, 'synced', undefined],
    ['with several sources', { ...synced, sync: { status: 'Synced', revisions: [OLD, COMMIT] } }, 'synced', undefined],
    [
      'at an older commit',
      { ...synced, sync: { status: 'Synced', revision: OLD } },
      'progressing',
      /is at b+, which is older/,
    ],
    [
      'that is out of sync',
      { sync: { status: 'OutOfSync', revision: COMMIT } },
      'progressing',
      /is OutOfSync, its sync is not started/,
    ],
    ['that syncs', { ...synced, operationState: { phase: 'Running' } }, 'progressing', /its sync is Running/],
    [
      'whose sync of the commit failed',
      {
        sync: { status: 'OutOfSync', revision: COMMIT },
        operationState: { phase: 'Failed', message: 'hook failed', syncResult: { revision: COMMIT } },
      },
      'failed',
      /ended as Failed: hook failed/,
    ],
    [
      'whose sync of an older commit failed',
      {
        sync: { status: 'OutOfSync', revision: COMMIT },
        operationState: { phase: 'Failed', syncResult: { revision: OLD } },
      },
      'progressing',
      /OutOfSync/,
    ],
    [
      'that cannot render the chart',
      { sync: { status: 'Unknown' }, conditions: [{ type: 'ComparisonError', message: 'helm template failed' }] },
      'progressing',
      /ComparisonError: helm template failed/,
    ],
    ['without a status', {}, 'progressing', /no revision/],
  ])('%s', (_, status, state, why) => {
    expect(judge(status).state).toBe(state);
    expect(judge(status).why ?? '').toMatch(why ?? /^$/);
  });

  test('names the revisions to ask git about', () => {
    const operationState = { syncResult: { revision: COMMIT } };
    expect(argoRevisions({ metadata: meta('shop'), status: { sync: { revision: OLD }, operationState } })).toEqual([
      OLD,
      COMMIT,
    ]);
  });
});

describe('an object of Flux', () => {
  const object = (status: NonNullable<FluxObject['status']>, suspend = false): FluxObject => ({
    metadata: meta('shop'),
    spec: { suspend },
    status: { observedGeneration: 2, ...status },
  });
  const ready = (status: string, message = '') => ({
    conditions: [{ type: 'Ready', status, reason: 'Reason', message }],
  });
  const at = (commit: string) => `main@sha1:${commit}`;
  const deployed = (chartVersion: string) => [{ chartVersion, status: 'deployed' }];

  test.each([
    ['at the commit', { lastAppliedRevision: at(COMMIT) }],
    ['at the commit, as Flux 1 wrote it', { lastAppliedRevision: `main/${COMMIT}` }],
    ['with a chart of the commit', { history: deployed(`1.2.0+${COMMIT.slice(0, 12)}.1`) }],
  ])('%s is synced', (_, status) => {
    expect(judgeFlux(object({ ...ready('True'), ...status }), contains)).toEqual({ state: 'synced' });
  });

  test.each([
    [
      'at an older commit',
      object({ ...ready('True'), lastAppliedRevision: at(OLD) }),
      'progressing',
      /is at main@sha1:b+/,
    ],
    [
      'that works',
      object({ ...ready('Unknown', 'running'), lastAppliedRevision: at(OLD), lastAttemptedRevision: at(COMMIT) }),
      'progressing',
      /Reason: running/,
    ],
    [
      'that failed at the commit',
      object({
        ...ready('False', 'health check failed'),
        lastAppliedRevision: at(OLD),
        lastAttemptedRevision: at(COMMIT),
      }),
      'failed',
      /Reason: health check failed/,
    ],
    [
      'that failed at an older commit',
      object({ ...ready('False'), lastAttemptedRevision: at(OLD) }),
      'progressing',
      /no revision/,
    ],
    [
      'whose newest settings were not seen',
      object({ ...ready('True'), observedGeneration: 1, lastAppliedRevision: at(COMMIT) }),
      'progressing',
      /is at main/,
    ],
    [
      'that is suspended',
      object({ ...ready('True'), lastAppliedRevision: at(OLD) }, true),
      'progressing',
      /is suspended; flux resume/,
    ],
    [
      'whose chart names no commit',
      object({ ...ready('True'), history: deployed('1.2.0') }),
      'progressing',
      /1.2.0 names no commit of git; a HelmRelease needs .*reconcileStrategy Revision/,
    ],
    [
      'whose release is not deployed',
      object({ ...ready('Unknown'), history: [{ chartVersion: `1.2.0+${COMMIT.slice(0, 12)}`, status: 'failed' }] }),
      'progressing',
      /no revision/,
    ],
  ])('%s', (_, one, state, why) => {
    const verdict = judgeFlux(one, contains);
    expect(verdict.state).toBe(state);
    expect(verdict.why).toMatch(why);
  });

  test('names the commits to ask git about', () => {
    expect(fluxRevisionsOf(object({ lastAppliedRevision: at(OLD), lastAttemptedRevision: at(COMMIT) }))).toEqual([
      OLD,
      COMMIT,
    ]);
  });
});
