/** Advice about machines: what another size would have saved or cost in the replayed pushes. */
import { parseCatalog } from '../../../../core/catalog/parse-catalog';
import { machineAdvice } from '../../../../core/compare/advice/machine-sizes';
import { NO_TIMES } from '../../../../core/estimate/recorded-jobs';

const CATALOG = parseCatalog(
  'platform: v1.0.0\nservices:\n  auth: { path: auth }\n  chat: { path: chat }\n  etcd: { path: etcd }\n  ngui: { path: ngui, platforms: [linux/arm64] }\n',
);

const used = (name: string, gib: number, machine = 'x86_64 medium') =>
  Array.from({ length: 5 }, (_, at) => ({
    name,
    machine,
    parts: { build: 300 },
    submittedAt: at,
    endedAt: at + 1,
    usage: { memory: gib * 2 ** 30, cpu: 0 },
  }));

test('names what each service would have saved, and what a larger machine would have cost more', () => {
  const times = {
    ...NO_TIMES,
    jobs: [...used('auth', 1), ...used('chat', 7), ...used('etcd', 1), ...used('ngui', 15, 'arm64 medium')],
  };
  const builds = new Map([
    ['auth', 4],
    ['chat', 2],
    ['ngui', 3],
  ]);

  expect(machineAdvice(CATALOG, times, builds)).toEqual([
    {
      isLarger: false,
      text: 'auth: small, because recorded builds used up to 1 of its 4 GiB',
      builds: 4,
      minutes: 0,
      cost: 0.1,
      services: ['auth'],
    },
    expect.objectContaining({ services: ['etcd'], builds: 0, cost: 0 }),
    // No price of a larger ARM machine is known.
    expect.objectContaining({ services: ['ngui'], isLarger: true, builds: 3, cost: null }),
    expect.objectContaining({ services: ['chat'], isLarger: true, builds: 2, cost: -0.1 }),
  ]);
});

test('is none without measured builds', () => {
  expect(machineAdvice(CATALOG, NO_TIMES, new Map())).toEqual([]);
});
