/** Parses the text of `pipeline.yaml` into a `Catalog`, or into all of its problems. */
import { ERROR_NAMES, InvalidInputError } from '../contract/errors';
import { checkShape, findMissingKeys } from './check-shape';
import { IMAGE_TOOLS, toolCommand } from './commands/image-tools';
import { type CatalogIssue, toProblems } from './issue';
import type { Catalog, CommandBuild, ImageTest, Module, Service, Stage } from './model';
import { checkRules } from './rules';
import type { CatalogFile, ModuleEntry, ServiceEntry } from './schema';
import { type CatalogYaml, readCatalogYaml } from './yaml';

const HINT = 'The smallest catalog: { platform: v1.4.0, services: { restapi: rest_api } }';

/** Parses a catalog. Throws `InvalidCatalog` with all problems at once, each with its path and line. For a text that is no catalog, it only names the missing parts. */
export function parseCatalog(text: string): Catalog {
  const yaml = readCatalogYaml(text);
  if (yaml.value === undefined) throw refusal(yaml, yaml.issues);
  const missing = findMissingKeys(yaml.value);
  if (missing.length > 0) throw refusal(yaml, missing);
  const { file, issues, broken } = checkShape(yaml.value);
  const catalog = file && expandCatalog(file);
  const unsure = new Set([...broken, ...yaml.issues.map(({ path }) => String(path[0]))]);
  const conflicts = file && catalog ? checkRules(file, catalog, unsure) : [];
  const all = [...yaml.issues, ...issues, ...conflicts];
  if (catalog === undefined || all.length > 0) throw refusal(yaml, all);
  return catalog;
}

function refusal({ lineOf }: CatalogYaml, issues: readonly CatalogIssue[]): InvalidInputError {
  return new InvalidInputError(
    'the catalog cannot be used',
    toProblems(issues, lineOf),
    HINT,
    ERROR_NAMES.invalidCatalog,
  );
}

const DEFAULT_PRIORITY = 2;

const DEFAULT_MINUTES = 10;

/** Fills in every default. Services are sorted by name; stages and modules keep the file's order. */
function expandCatalog(file: CatalogFile): Catalog {
  const stages = (file.stages ?? [{ name: 'services', needs: [] }]).map(expandStage);
  const first = stages[0]?.name ?? '';
  const fallback = { stage: first, ...file.defaults };
  return {
    platformVersion: file.platform,
    stages,
    modules: Object.entries(file.modules).map(([name, module]) => expandModule(name, module, first)),
    services: Object.entries(file.services)
      .map(([name, entry]) => expandService(name, { ...fallback, ...entry }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function expandStage(stage: Omit<Stage, 'title'> & { readonly title?: string }): Stage {
  const words = stage.name.replaceAll('_', ' ').trim();
  return { ...stage, title: stage.title ?? words.charAt(0).toUpperCase() + words.slice(1) };
}

/** The default package name is the last part of the module's name, because package names have no slash. */
function expandModule(name: string, { path, publish }: ModuleEntry, stage: string): Module {
  if (publish === undefined) return { name, path };
  const defaults = { package: name.slice(name.lastIndexOf('/') + 1), stage, minutes: DEFAULT_MINUTES };
  const { kind, ...given } = publish;
  return { name, path, publish: { ...(kind === 'python' ? {} : { kind }), ...defaults, ...given } };
}

function expandService(name: string, entry: ServiceEntry & { readonly stage: string }): Service {
  const { category, context = '', path = name, test, build, inputs, contexts, secrets, ssh, ...rest } = entry;
  return {
    ...rest,
    ...(secrets.length === 0 ? {} : { secrets: [...new Set(secrets)].sort() }),
    ...(Object.keys(ssh).length === 0 ? {} : { ssh }),
    ...(Object.keys(contexts).length === 0 ? {} : { contexts }),
    ...(build === undefined ? {} : { build: expandBuild(build, { name, path, inputs }) }),
    ...(test === undefined ? {} : { test: test as ImageTest }),
    name,
    path,
    image: entry.image ?? name,
    dockerfile: entry.dockerfile ?? (build !== undefined ? '' : path === '' ? 'Dockerfile' : `${path}/Dockerfile`),
    context: context === 'service' ? path : context,
    platforms: entry.platforms ?? [],
    priority: entry.priority ?? DEFAULT_PRIORITY,
    minutes: entry.minutes ?? DEFAULT_MINUTES,
    values: entry.values ?? [`${name.includes('.') ? `["${name}"]` : name}.image.tag`],
    categories: category,
  };
}

/** A tool of which nothing is said reads the service's folder, and the files beside it that it usually reads. */
function expandBuild(
  { command, tool, args, target, install = '', env }: NonNullable<ServiceEntry['build']>,
  { name, path, inputs }: { readonly name: string; readonly path: string; readonly inputs: ServiceEntry['inputs'] },
): CommandBuild {
  const files = { inputs: inputs ?? [folderPattern(path)], env };
  if (tool === undefined) return { ...files, reads: [], command: command ?? [] };
  return {
    ...files,
    reads: inputs === undefined ? IMAGE_TOOLS[tool].reads : [],
    command: toolCommand({ tool, args, target: target ?? name, install }, path),
  };
}

/** Returns the pattern of all files in a folder. */
function folderPattern(path: string): string {
  return path === '' ? '**' : path.replace(/[*?[\]\\{}|!^]/g, '\\$&');
}
