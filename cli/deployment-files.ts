/** Settings and catalog of a deployment, as `cdk.json` names them for `cdk deploy`, and the region that it lies in. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ecrRegion } from '../adapters/registry/ecr-host';
import type { Catalog } from '../core/catalog/catalog';
import { InvalidInputError, messageOf } from '../core/errors';
import { parseSettings, type Settings } from '../core/settings';
import { readCatalogFile } from '../local/planning/find-catalog';

export interface DeploymentOptions {
  /** Default: what `cdk.json` names. */
  readonly settings?: string;
  /** Default: what `cdk.json` names. */
  readonly catalog?: string;
  /** Default: that of the registry's host, else the SDK's own. */
  readonly region?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const Context = z.object({ context: z.object({ settings: z.string().optional(), catalog: z.string().optional() }) });

/** The settings. Throws `InvalidInput` if there is no such file, `InvalidSettings` if it is broken. */
export async function readSettingsFile({ settings }: DeploymentOptions): Promise<Settings> {
  const path = settings ?? (await context()).settings ?? 'pipeline.settings.json';
  try {
    return parseSettings(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw new InvalidInputError('the settings cannot be read', [{ path, message: messageOf(error) }]);
  }
}

/** The catalog that is deployed. Throws `InvalidInput` or `InvalidCatalog`. */
export async function readDeployedCatalog({ catalog }: DeploymentOptions): Promise<Catalog> {
  const path = catalog ?? (await context()).catalog ?? 'pipeline.yaml';
  return (await readCatalogFile(path)).catalog;
}

/** The region. Throws `InvalidInput` if nothing says it. */
export function regionOf(settings: Settings, { region }: Pick<DeploymentOptions, 'region'>, env: Environment): string {
  const found = region ?? ecrRegion(settings.candidates.host) ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (found !== undefined && found !== '') return found;
  const message = 'is missing, and neither the settings nor AWS_REGION say where the stack lies';
  throw new InvalidInputError('the account cannot be asked', [{ path: '--region', message }]);
}

async function context(): Promise<{ readonly settings?: string | undefined; readonly catalog?: string | undefined }> {
  const text = await readFile('cdk.json', 'utf8').catch(() => '{"context":{}}');
  return Context.parse(JSON.parse(text)).context;
}
