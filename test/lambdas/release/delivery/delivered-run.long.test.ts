/** Whole runs into an environment with a registry of its own. */
import { type MemoryPipeline, openMemoryPipeline } from '../../../support/pipeline/memory-pipeline';
import { FILES } from '../../../support/pipeline/small-pipeline';

const LIVE = 'live.example';
const environments = [
  { name: 'staging', values: 'chart/values.yaml' },
  {
    name: 'live',
    values: 'chart/values-live.yaml',
    registry: { host: LIVE, namespace: 'shop' },
  },
];
const PROMOTE = { action: 'promote', ref: 'main', environment: 'live', version: 'v1.4.0' };

let pipeline: MemoryPipeline;

beforeEach(async () => {
  const values = String(FILES['chart/values.yaml']);
  pipeline = await openMemoryPipeline({ environments }, { 'chart/values-live.yaml': values });
});

afterEach(() => pipeline.remove());

function delivered(): readonly string[] {
  return pipeline.registry.writes
    .filter(({ repository, reference }) => repository.startsWith('shop/') && reference.startsWith('v'))
    .map(({ repository, reference }) => `${repository}:${reference}`)
    .sort();
}

test('a promotion copies every image before the commit, and the table of versions names the copies', async () => {
  expect(delivered()).toEqual([]);
  pipeline.onStep = ({ state, when }) => {
    if (state === 'Update the values file' && when === 'before') expect(delivered()).toHaveLength(4);
  };

  const { result, entered } = await pipeline.run('promote-1', PROMOTE);

  expect(result).toMatchObject({ status: 'SUCCEEDED' });
  const names = entered.map(({ name }) => name);
  expect(names.indexOf('Check the registry')).toBeLessThan(names.indexOf('Tag all images'));
  expect(names.indexOf('Deliver the images')).toBeLessThan(names.indexOf('Update the values file'));
  expect(delivered()).toHaveLength(4);
  expect(pipeline.read('chart/IMAGE_VERSIONS-live.md')).toContain(`${LIVE}/shop/`);
});

test.each([
  ['Check the registry', 'before'],
  ['Check the registry', 'after'],
  ['Deliver the images', 'before'],
  ['Deliver the images', 'after'],
] as const)(
  'a fault at "%s", %s it, leaves no commit; the redriven run delivers and commits once',
  async (state, when) => {
    pipeline.onStep = (call) => {
      if (call.state === state && call.when === when) throw new Error('killed');
    };
    expect((await pipeline.run('promote-1', PROMOTE)).result.status).toBe('FAILED');
    expect(pipeline.commitsOf('promote-1')).toEqual([]);

    pipeline.onStep = () => undefined;
    const { result } = await pipeline.run('promote-1', PROMOTE, { redrive: 'again' });

    expect(result).toMatchObject({ status: 'SUCCEEDED' });
    expect(pipeline.commitsOf('promote-1')).toHaveLength(1);
    expect(delivered()).toHaveLength(4);
  },
);

test('a registry that does not answer fails the run before a version is given', async () => {
  pipeline.registry.failWhen((_method, repository) => {
    if (repository.startsWith('shop/')) throw new Error('ECONNREFUSED');
  });
  const before = pipeline.registry.writes.length;

  const { result } = await pipeline.run('promote-1', PROMOTE);

  expect(result).toMatchObject({
    status: 'FAILED',
    cause: expect.stringContaining('registry of environment live cannot be used'),
  });
  expect(pipeline.registry.writes.length).toBe(before);
});

test('a rollback to the versions that the environment has fills a registry that lacks them', async () => {
  await pipeline.run('promote-1', PROMOTE);
  const head = pipeline.read('chart/values-live.yaml');
  pipeline.registry.forget(LIVE);

  const input = { action: 'rollback', ref: 'main', environment: 'live', version: 'v1.4.0' };
  const { result } = await pipeline.run('rollback-1', input);

  expect(result).toMatchObject({ status: 'SUCCEEDED' });
  expect(pipeline.read('chart/values-live.yaml')).toBe(head);
  for (const name of delivered().slice(0, 4)) {
    const [repository = '', tag = ''] = name.split(':');
    expect(await pipeline.registry.head({ host: LIVE, repository }, tag)).toBeDefined();
  }
});
