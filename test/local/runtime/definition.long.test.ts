import validate from 'asl-validator';
import { parseCatalog } from '../../../core/catalog/parse-catalog';
import { parseSettings } from '../../../core/settings/parse-settings';
import type { SettingsInput } from '../../../core/settings/schema';
import { localSettings } from '../../../local/demo/repositories';
import { stateMachineDefinition, synthesizePipeline, type Template } from '../../../local/runtime/definition';
import { type StackInput, synthesize } from '../../lib/synthesized';
import { CATALOG } from '../../support/pipeline/small-pipeline';

const { stages: STAGES, services } = parseCatalog(CATALOG);
const IMAGES = services.map(({ image }) => image);

function home(folder: string, port: number, isDeployed = false): SettingsInput {
  const registry = `127.0.0.1:${port}`;
  const cluster = isDeployed ? `http://127.0.0.1:${port + 1}` : undefined;
  const settings = { registry, values: 'chart/values.yaml', namespace: 'team', plainHttp: [registry], cluster };
  return localSettings({ ...settings, repository: `${folder}/repository.git` });
}

describe('the state machine of a home', () => {
  test.each([
    ['without environments', false],
    ['with environments, checks and a cluster', true],
  ])('%s is the one that its own settings give', (_, isDeployed) => {
    const settings = home('/tmp/one', 41_001, isDeployed);
    const own = stateMachineDefinition(synthesize({ settings, stages: STAGES, images: IMAGES }).toJSON() as Template);
    expect(synthesizePipeline(parseSettings(settings), CATALOG).definition).toEqual(own);
  });

  test('is made once for homes that differ in folders and ports', () => {
    const [one, two] = [home('/tmp/one', 41_001, true), home('/srv/two', 52_002, true)].map((settings) =>
      synthesizePipeline(parseSettings(settings), CATALOG),
    );
    expect(one).toBe(two);
  });

  test('does not differ by secrets of builds, which are variables and files here', () => {
    const settings = home('/tmp/one', 41_001);
    const buildSecrets = { npm: 'env:NPM_TOKEN', key: 'file:/srv/key' };

    expect(synthesizePipeline(parseSettings({ ...settings, buildSecrets }), CATALOG)).toBe(
      synthesizePipeline(parseSettings(settings), CATALOG),
    );
  });

  test('differs by what shapes it', () => {
    const settings = home('/tmp/one', 41_001);
    const narrow = synthesizePipeline(parseSettings({ ...settings, maxConcurrency: 2 }), CATALOG);
    expect(narrow.definition).not.toEqual(synthesizePipeline(parseSettings(settings), CATALOG).definition);
  });
});

/** Settings and catalogs whose state machines have different states. */
const SHAPES: Readonly<Record<string, StackInput>> = {
  'of the usual settings': {},
  'with stored jobs, which ends at the first failure': { settings: { maxConcurrency: 60, stopAtFirstFailure: true } },
  'with modules': { modules: [{ stage: 'tools' }, { stage: 'stable' }] },
  'with stored jobs and modules': { modules: [{ stage: 'tools' }], settings: { maxConcurrency: 60 } },
  'with release tags and an approval': {
    settings: {
      releaseTag: {},
      environments: [{ name: 'production', values: 'chart/values.yaml', approval: { hours: 2 } }],
    },
  },
  'with commands, checks, a watch, a rollback and a promotion': {
    settings: {
      environments: [
        {
          name: 'staging',
          values: 'chart/values-staging.yaml',
          deploy: { with: 'helm', chart: 'chart', release: 'platform', cluster: 'main', namespace: 'staging' },
          verify: { health: { url: 'https://staging.example.com/health', seconds: 5 } },
          watch: { hours: 24 },
          onFailure: 'rollback',
          then: 'production',
        },
        { name: 'production', values: 'chart/values.yaml' },
      ],
    },
  },
};

describe('a definition', () => {
  // The interpreter of local runs does not validate it again.
  test.each(Object.entries(SHAPES))('%s is valid Amazon States Language', (_, shape) => {
    expect(problemsOf(stateMachineDefinition(synthesize(shape).toJSON() as Template))).toEqual([]);
  });

  test('that names a missing state is invalid', () => {
    const definition = stateMachineDefinition(synthesize().toJSON() as Template);
    expect(problemsOf({ ...definition, StartAt: 'Nowhere' })).not.toEqual([]);
  });
});

function problemsOf(definition: object): readonly string[] {
  // The validator writes into what it checks.
  const { errors } = validate(structuredClone(definition), { checkPaths: true, checkArn: false });
  return errors.map((error) => `${error['Error code']}: ${error.Message}`);
}
