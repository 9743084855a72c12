/** Deployments of the embedded cluster roll as in Kubernetes, whatever is deployed and however pods behave. */
import * as fc from 'fast-check';
import { judgeConvergence } from '../../../core/convergence/judge-convergence';
import { runControllers } from '../../../local/cluster/controllers';
import { runPods } from '../../../local/cluster/kubelet';
import {
  applyWorkloads,
  type Behaviour,
  emptyNamespace,
  type NamespaceState,
} from '../../../local/cluster/namespace-state';
import { digestOf, snapshot } from '../../support/cluster/objects';
import { runs } from '../../support/property-runs';

const DIGESTS: Readonly<Record<string, string>> = { v1: digestOf('1'), v2: digestOf('2'), v3: digestOf('3') };

const registry = { head: async (_: unknown, tag: string) => DIGESTS[tag] };

const imageOf = (version: string) => `registry.example.com/acme/web:${version}`;

/** A version that is deployed, how its pods behave, and how many steps follow. */
interface Move {
  readonly version: string;
  readonly behaviour: Behaviour;
  readonly steps: number;
}

/** Makes the moves, and calls back after every step. Returns the last state. */
async function play(moves: readonly Move[], look: (state: NamespaceState, version: string) => void = () => undefined) {
  const behaviours = new Map<string, Behaviour>();
  let state = emptyNamespace('shop');
  let now = 1_767_225_600_000;
  for (const { version, behaviour, steps } of moves) {
    state = applyWorkloads(state, { web: imageOf(version) }, now);
    behaviours.set(imageOf(version), behaviour);
    const behaviourOf = (_: string, image: string) => behaviours.get(image) ?? 'ready';
    for (let step = 0; step < steps; step += 1) {
      now += 1000;
      state = runControllers(await runPods(state, { now, registry, behaviourOf }), {
        now,
        progressDeadline: 30_000,
        behaviourOf,
      });
      look(state, version);
    }
  }
  return state;
}

function judge(state: NamespaceState, version: string) {
  const expected = { service: 'web', image: 'registry.example.com/acme/web', version, digest: DIGESTS[version] ?? '' };
  return judgeConvergence([expected], snapshot(state))[0];
}

const readyPods = ({ pods }: NamespaceState) =>
  pods.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && status?.containerStatuses?.[0]?.ready === true,
  );

const anyBehaviour = fc.constantFrom<Behaviour>(
  'ready',
  'crash',
  'out-of-memory',
  'pull-error',
  'never-ready',
  'unschedulable',
  'quota',
);
const anyMove = fc.record({
  version: fc.constantFrom('v1', 'v2', 'v3'),
  behaviour: anyBehaviour,
  steps: fc.integer({ min: 0, max: 12 }),
});

test('an upgrade never has more than one pod too many, and a converged one runs nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyMove, { maxLength: 5 }), async (moves) => {
      await play(moves, (state, version) => {
        const present = state.pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
        expect(present.length).toBeLessThanOrEqual(3);
        if (judge(state, version)?.state !== 'converged') return;
        expect(present.map(({ spec }) => spec.containers[0]?.image)).toEqual([imageOf(version), imageOf(version)]);
        expect(readyPods(state)).toHaveLength(2);
      });
    }),
    { numRuns: runs(200) },
  );
});

test('a version that works stays up while one that does not is tried', async () => {
  await fc.assert(
    fc.asyncProperty(anyBehaviour, fc.integer({ min: 1, max: 30 }), async (behaviour, steps) => {
      const first = await play([{ version: 'v1', behaviour: 'ready', steps: 10 }]);
      expect(judge(first, 'v1')?.state).toBe('converged');
      const moves: Move[] = [
        { version: 'v1', behaviour: 'ready', steps: 10 },
        { version: 'v2', behaviour, steps },
      ];
      let isInstalled = false;
      await play(moves, (state) => {
        isInstalled ||= readyPods(state).length === 2;
        if (isInstalled) expect(readyPods(state).length).toBeGreaterThanOrEqual(2);
      });
    }),
    { numRuns: runs(100) },
  );
});

test('what works converges at the end, whatever was tried before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyMove, { maxLength: 4 }), fc.constantFrom('v1', 'v2', 'v3'), async (moves, version) => {
      const state = await play([...moves, { version, behaviour: 'ready', steps: 25 }]);
      expect(judge(state, version)).toMatchObject({ state: 'converged', ready: 2, running: [DIGESTS[version]] });
    }),
    { numRuns: runs(200) },
  );
});

test('what does not work fails by its deadline, and not before', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Behaviour>('crash', 'out-of-memory', 'pull-error', 'never-ready', 'unschedulable', 'quota'),
      async (behaviour) => {
        const states: (string | undefined)[] = [];
        await play([{ version: 'v1', behaviour, steps: 60 }], (state) => states.push(judge(state, 'v1')?.state));
        expect(states.indexOf('failed')).toBeGreaterThanOrEqual(30);
        expect(states.at(-1)).toBe('failed');
      },
    ),
    { numRuns: runs(20) },
  );
});

test('an application of the same services changes nothing, and one without a service removes its pods', async () => {
  const state = await play([{ version: 'v1', behaviour: 'ready', steps: 10 }]);
  expect(applyWorkloads(state, { web: imageOf('v1') }, 0).deployments).toEqual(state.deployments);
  expect(applyWorkloads(state, {}, 0)).toMatchObject({ deployments: [], replicaSets: [], pods: [] });
});
