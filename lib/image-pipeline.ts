/** The construct for any CDK app: settings and catalog as typed props, checked before anything is made. */
import { Stack, Token } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Catalog } from '../core/catalog/model';
import { parseCatalog } from '../core/catalog/parse-catalog';
import type { CatalogInput } from '../core/catalog/schema';
import { ERROR_NAMES, InvalidInputError, type Problem } from '../core/contract/errors';
import { parseSettings } from '../core/settings/parse-settings';
import { OWN_REGISTRY } from '../core/settings/registry/names';
import type { Settings, SettingsInput } from '../core/settings/schema';
import { deploymentOf, deployTarget, distantFleets } from './deployment';
import { type ExistingResources, Pipeline, type PipelineProps } from './pipeline';

export interface ImagePipelineProps extends ExistingResources {
  /** The settings. `candidates` may be left out if the prop of that name gives a repository. The stack's name is the app's own. */
  readonly settings: Omit<SettingsInput, 'candidates' | 'stack'> & Partial<Pick<SettingsInput, 'candidates'>>;
  /**
   * The catalog, or the text of its file. Only its stages, images and published modules matter here: each run reads the catalog of the
   * commit that it builds. Deploy again when a stage or a published module was added.
   */
  readonly catalog: CatalogInput | string;
}

/**
 * Builds and releases the container images of one monorepo.
 *
 * Throws `InvalidSettings` or `InvalidCatalog` with all problems at once.
 */
export class ImagePipeline extends Pipeline {
  constructor(scope: Construct, id: string, { settings, catalog, ...existing }: ImagePipelineProps) {
    const props = checked(Stack.of(scope), settings, catalog, existing);
    super(scope, id, { ...props, ...existing });
    refuseSharedRepositories(this, props);
  }
}

/** Stands for the name of an existing repository while settings are checked: CloudFormation may know it only later. */
const EXISTING = 'existing-candidates';

function checked(
  stack: Stack,
  input: ImagePipelineProps['settings'],
  catalogInput: CatalogInput | string,
  { candidates, vpc, encryptionKey, signingKey }: ExistingResources,
): PipelineProps {
  const catalog = parseCatalog(typeof catalogInput === 'string' ? catalogInput : JSON.stringify(catalogInput));
  const images = catalog.services.map(({ image }) => image);
  const name = candidates?.repositoryName ?? '';
  const repository = Token.isUnresolved(name) ? EXISTING : name;
  const given = candidates === undefined ? input : { ...input, candidates: { host: OWN_REGISTRY, repository } };
  const settings = parseSettings(given, deploymentOf(images));
  refuseUnknownRegion(stack, encryptionKey);
  refuseConflicts(stack, settings, {
    candidates: candidates && input.candidates,
    network: vpc && settings.network,
    signing: signingKey && settings.signing,
  });
  return {
    ...stagesAndModules(catalog),
    images,
    settings: {
      ...settings,
      ...(candidates === undefined ? {} : { candidates: { host: OWN_REGISTRY, repository: name } }),
      ...(signingKey === undefined ? {} : { signing: { kmsKey: signingKey.keyArn } }),
    },
  };
}

/** Returns what a stack takes from a catalog. */
export function stagesAndModules({ stages, modules }: Catalog): Pick<PipelineProps, 'stages' | 'modules'> {
  return { stages, modules: modules.flatMap(({ publish }) => publish ?? []) };
}

/** DynamoDB's table names the region of its key. */
function refuseUnknownRegion(stack: Stack, key: IKey | undefined): void {
  if (key === undefined || !Token.isUnresolved(stack.region)) return;
  const message = `needs a stack whose region is known; give stack ${stack.stackName} env: { account, region }`;
  throw new InvalidInputError('the pipeline cannot be made', [{ path: 'encryptionKey', message }]);
}

/** Refuses what is given twice, and an ECR registry of another account or region than the stack's. */
function refuseConflicts(stack: Stack, settings: Settings, twice: Readonly<Record<string, unknown>>): void {
  const problems: Problem[] = Object.entries(twice)
    .filter(([, value]) => value !== undefined)
    .map(([path]) => ({ path, message: `is given as a prop of the construct, too; leave it out of the settings` }));
  const target = deployTarget(settings);
  for (const part of ['account', 'region'] as const) {
    if (target === undefined || target[part] === stack[part]) continue;
    const own = Token.isUnresolved(stack[part]) ? 'is not set' : `is ${stack[part]}`;
    const message = `names the ${part} ${target[part]}, and env.${part} of stack ${stack.stackName} ${own}; write 'ecr' for the registry of the stack, or give the stack that env`;
    problems.push({ path: 'releases.host', message });
  }
  const region = Token.isUnresolved(stack.region) ? undefined : stack.region;
  problems.push(...distantFleets(settings, region));
  if (problems.length === 0) return;
  throw new InvalidInputError('the settings cannot be used', problems, undefined, ERROR_NAMES.invalidSettings);
}

/** The repositories of the pipelines of an app, by its root. */
const known = new WeakMap<object, Map<Construct, ReadonlySet<string>>>();

/** The most repositories that an error lists. */
const LISTED = 5;

/**
 * Lets the synthesis fail if another pipeline of the app releases images into the same repositories. Each claims versions in a table of its own,
 * so that both could give the same version.
 */
function refuseSharedRepositories(pipeline: Construct, { settings, images }: PipelineProps): void {
  const { host, namespace } = settings.releases;
  const { account, region } = Stack.of(pipeline);
  const place = host === OWN_REGISTRY ? `${account}.dkr.ecr.${region}` : host;
  const own = new Set(images.map((image) => `${place}/${namespace}/${image}`));
  const { root } = pipeline.node;
  const all = known.get(root) ?? new Map<Construct, ReadonlySet<string>>();
  known.set(root, all.set(pipeline, own));
  pipeline.node.addValidation({
    validate: () =>
      [...all].flatMap(([other, repositories]) => {
        const shared = other === pipeline ? [] : [...own].filter((repository) => repositories.has(repository));
        if (shared.length === 0) return [];
        const more = shared.length > LISTED ? ` and ${shared.length - LISTED} more` : '';
        return `${other.node.path} releases into ${shared.slice(0, LISTED).join(', ')}${more}, too, and both could give the same version; give one of the pipelines another releases.namespace`;
      }),
  });
}
