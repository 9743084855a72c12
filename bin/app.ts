/**
 * CDK entry point. Reads settings and catalog and makes the stack. `cdk.json` names both files, `--context settings=FILE` another one,
 * and `--context stack=NAME` replaces the stack's name of the settings.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { parseCatalog } from '../core/catalog/parse-catalog';
import { messageOf, unreadableFile } from '../core/contract/errors';
import { publishingModules } from '../core/modules/plan-modules';
import { parseSettingsText, unreadableSettings } from '../core/settings/parse-settings';
import { stackName, stackNameProblem } from '../core/settings/stack-name';
import { deploymentOf, deployTarget } from '../lib/deployment';
import { PipelineStack } from '../lib/pipeline-stack';

const app = new App();

try {
  const catalog = readNamed('catalog', parseCatalog);
  const { stages, services } = catalog;
  const images = services.map((service) => service.image);
  const modules = publishingModules(catalog).map(({ publish }) => publish);
  const settings = readNamed('settings', (text, path) => parseSettingsText(path, text, deploymentOf(images)));
  const name = stackName({ ...settings, ...namedStack() });
  new PipelineStack(app, name, { env: deployTarget(settings), settings, stages, images, modules });
} catch (error) {
  console.error(messageOf(error));
  process.exit(1);
}

/** Returns the stack's name that the context has, if any. */
function namedStack(): { readonly stack?: string } {
  const stack: unknown = app.node.tryGetContext('stack');
  if (stack === undefined) return {};
  const problem = stackNameProblem(stack);
  if (problem !== undefined) throw new Error(`--context stack=${String(stack)}: ${problem}`);
  return { stack: String(stack) };
}

/** Reads the file that the context names, relative to the project's folder. Errors begin with the file's name. */
function readNamed<Value>(name: 'catalog' | 'settings', parse: (text: string, path: string) => Value): Value {
  const path = app.node.tryGetContext(name);
  if (typeof path !== 'string') throw new Error(`the context has no '${name}'; add --context ${name}=FILE`);
  try {
    return parse(readText(name, path), path);
  } catch (error) {
    throw new Error(`${name} ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function readText(name: 'catalog' | 'settings', path: string): string {
  try {
    return readFileSync(resolve(join(__dirname, '..'), path), 'utf8');
  } catch (error) {
    const option = `--context ${name}=FILE`;
    if (name === 'settings') throw unreadableSettings(path, error, option);
    const write = 'npx pipeline catalog init --repo ../monorepo --out FILE';
    throw new Error(`${unreadableFile(error)}; write it with ${write}, and name it with ${option}`, { cause: error });
  }
}
