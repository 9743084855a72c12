/** Reads settings and catalog of a deployment from files. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Node } from 'constructs';
import { parseCatalog } from '../core/catalog/parse-catalog';
import { messageOf, unreadableFile } from '../core/contract/errors';
import { parseSettingsText, unreadableSettings } from '../core/settings/parse-settings';
import type { EcrHost } from '../core/settings/registry/names';
import type { Settings } from '../core/settings/schema';
import { stackName, stackNameProblem } from '../core/settings/stack-name';
import { deploymentOf, deployTarget } from './deployment';
import { PROJECT_FOLDER } from './functions/bundle';

/** The settings and the catalog that `bin/app.ts` deploys. */
export interface DeploymentFiles {
  /** The stack's name. */
  readonly name: string;
  /** Account and region; undefined if only the credentials of the deployment decide. */
  readonly env: EcrHost | undefined;
  readonly settings: Settings;
  /** The catalog's text. */
  readonly catalog: string;
}

/**
 * Reads and checks the files that the context names: `settings`, `catalog`, relative to the project's folder. `stack` replaces the
 * stack's name of the settings. Errors begin with the file's name.
 */
export function readDeployment(node: Node): DeploymentFiles {
  const { text: catalog, value: services } = readNamed(node, 'catalog', (text) => parseCatalog(text).services);
  const images = services.map(({ image }) => image);
  const parse = (text: string, path: string) => {
    const folder = dirname(resolve(PROJECT_FOLDER, path));
    const settings = parseSettingsText(path, text, deploymentOf(images, folder));
    const { certificateAuthorities: file } = settings;
    return file === undefined ? settings : { ...settings, certificateAuthorities: resolve(folder, file) };
  };
  const { value: settings } = readNamed(node, 'settings', parse);
  return { name: stackName({ ...settings, ...namedStack(node) }), env: deployTarget(settings), settings, catalog };
}

/** Returns the stack's name that the context has, if any. */
function namedStack(node: Node): { readonly stack?: string } {
  const stack: unknown = node.tryGetContext('stack');
  if (stack === undefined) return {};
  const problem = stackNameProblem(stack);
  if (problem !== undefined) throw new Error(`--context stack=${String(stack)}: ${problem}`);
  return { stack: String(stack) };
}

type Kind = 'catalog' | 'settings';

function readNamed<Value>(
  node: Node,
  name: Kind,
  parse: (text: string, path: string) => Value,
): { readonly text: string; readonly value: Value } {
  const path: unknown = node.tryGetContext(name);
  if (typeof path !== 'string') throw new Error(`the context has no '${name}'; add --context ${name}=FILE`);
  try {
    const text = readText(name, path);
    return { text, value: parse(text, path) };
  } catch (error) {
    throw new Error(`${name} ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function readText(name: Kind, path: string): string {
  try {
    return readFileSync(resolve(PROJECT_FOLDER, path), 'utf8');
  } catch (error) {
    const option = `--context ${name}=FILE`;
    if (name === 'settings') throw unreadableSettings(path, error, option);
    const write = 'npx pipeline catalog init --repo ../monorepo --out FILE';
    throw new Error(`${unreadableFile(error)}; write it with ${write}, and name it with ${option}`, { cause: error });
  }
}
