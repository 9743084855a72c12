/** The settings and the catalog of a deployment, which `cdk.json` names, and its region. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { ecrRegion } from '../../adapters/registry/ecr/ecr-host';
import { InvalidInputError } from '../../core/contract/errors';
import { parseSettingsText, unreadableSettings } from '../../core/settings/parse-settings';
import type { Settings } from '../../core/settings/schema';
import { findJsonSyntaxError } from '../../core/text/json';
import { type FoundCatalog, readCatalogFile } from '../../local/planning/find-catalog';

export const SETTINGS = ['--settings <file>', 'the settings of the deployment; default: the file in cdk.json'] as const;
export const STACK_REGION = [
  '--region <region>',
  "the region of the stack; default: the registry's region, otherwise AWS_REGION",
] as const;

export interface DeploymentOptions {
  /** Default: the file in `cdk.json`. */
  readonly settings?: string;
  /** Default: the file in `cdk.json`. */
  readonly catalog?: string;
  /** Default: the region of the candidates' host in ECR, otherwise AWS_REGION. */
  readonly region?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const Context = z.object({ context: z.object({ settings: z.string().optional(), catalog: z.string().optional() }) });

/** Reads the settings. Paths of files in them are absolute. Throws `InvalidSettings` if the file cannot be read or is not valid. */
export async function readSettingsFile({ settings }: DeploymentOptions): Promise<Settings> {
  const path = settings ?? (await context()).settings ?? 'pipeline.settings.json';
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadableSettings(path, error, '--settings FILE');
  });
  const parsed = parseSettingsText(path, text);
  const { certificateAuthorities: file } = parsed;
  return file === undefined ? parsed : { ...parsed, certificateAuthorities: resolve(dirname(path), file) };
}

/** Reads the catalog of the deployment. Throws `InvalidInput` or `InvalidCatalog`. */
export async function readDeployedCatalog({ catalog }: DeploymentOptions): Promise<FoundCatalog> {
  const path = catalog ?? (await context()).catalog ?? 'pipeline.yaml';
  return readCatalogFile(path);
}

/** Returns the region of the stack. Throws `InvalidInput` if none is set. */
export function regionOf(settings: Settings, { region }: Pick<DeploymentOptions, 'region'>, env: Environment): string {
  const found = region ?? ecrRegion(settings.candidates.host) ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (found !== undefined && found !== '') return found;
  const message = 'is missing, and neither the settings nor AWS_REGION name a region';
  throw new InvalidInputError('the account cannot be checked', [{ path: '--region', message }]);
}

async function context(): Promise<{ readonly settings?: string | undefined; readonly catalog?: string | undefined }> {
  const path = 'cdk.json';
  const text = await readFile(path, 'utf8').catch(() => '{"context":{}}');
  const error = findJsonSyntaxError(text);
  if (error === undefined) return Context.parse(JSON.parse(text)).context;
  const { line, column, message } = error;
  const problem = { path, line, message: `column ${column}: ${message}; or give --settings and --catalog` };
  throw new InvalidInputError('the paths of settings and catalog cannot be read', [problem]);
}
