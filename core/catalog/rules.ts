/** The rules that relate the parts of a catalog. Each rule finds all its problems, and none depends on another. */

import { excerpt } from '../text/shape-error';
import { parseValuesPath } from '../values/values-path';
import { buildsFit } from './commands/build-rules';
import { IMAGE_NAME, MODULE_NAME, SERVICE_NAME } from './grammar';
import type { CatalogIssue, Path } from './issue';
import { awaitedStages, type Catalog, type Stage } from './model';
import { PACKAGE_NAMES } from './package-names';
import type { CatalogFile } from './schema';

const SERVICE_RULES: readonly Rule[] = [
  { reads: ['services'], check: somethingToBuild },
  { reads: [], check: namesAreLegal },
  { reads: [], check: serviceNamesDiffer },
  { reads: [], check: imagesAreLegal },
  { reads: [], check: imagesDiffer },
  { reads: [], check: valuesDiffer },
  { reads: [], check: versionsFit },
  { reads: [], check: limitsLeaveTime },
  { reads: [], check: buildsFit },
  { reads: ['modules'], check: modulesExist },
  { reads: [], check: modulesDiffer },
];

function somethingToBuild({ services }: CatalogFile): readonly CatalogIssue[] {
  if (Object.keys(services).length > 0) return [];
  return [{ path: ['services'], message: 'must name at least one service' }];
}

function namesAreLegal({ services, modules }: CatalogFile): readonly CatalogIssue[] {
  const illegal = (section: 'services' | 'modules', names: readonly string[], grammar: RegExp, message: string) =>
    names.filter((name) => !grammar.test(name)).map((name) => ({ path: [section, name], message }));
  const common = 'letters, digits and _ . - but begins with none of . -';
  return [
    ...illegal('services', Object.keys(services), SERVICE_NAME, `a service name has ${common}, at most 80 characters`),
    ...illegal(
      'modules',
      Object.keys(modules),
      MODULE_NAME,
      `a module name has ${common}, / too, at most 128 characters`,
    ),
  ];
}

/** Names are keys in object stores and on disks, some of which ignore case. */
function serviceNamesDiffer({ services }: CatalogFile): readonly CatalogIssue[] {
  const all = Object.keys(services).map((name) => ({ key: name.toLowerCase(), path: ['services', name], owner: name }));
  return repeated(all, (first) => `the service '${first}' differs from it by case only; rename one`);
}

function imagesAreLegal(_file: CatalogFile, { services }: Catalog): readonly CatalogIssue[] {
  return services
    .filter(({ image }) => !IMAGE_NAME.test(image))
    .map(({ name }) => ({
      path: ['services', name, 'image'],
      message: `is missing, and the service's name is not an image name; give one, such as '${imageLike(name)}'`,
    }));
}

function imageLike(name: string): string {
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? ['my', 'service'];
  return excerpt(words.join('_'));
}

function imagesDiffer(_file: CatalogFile, { services }: Catalog): readonly CatalogIssue[] {
  const all = services.map(({ name, image }) => ({ key: image, path: ['services', name, 'image'], owner: name }));
  return repeated(all, (first) => `the service '${first}' has the same image name; each service needs its own`);
}

function valuesDiffer(_file: CatalogFile, { services }: Catalog): readonly CatalogIssue[] {
  const all = services.flatMap(({ name, values }) =>
    values.map((place, i) => ({
      key: typeof place === 'string' ? keyOf(place) : `${place.file} ${keyOf(place.path)}`,
      path: ['services', name, 'values', i],
      owner: name,
    })),
  );
  return repeated(all, (first) => `the service '${first}' has this path; one tag cannot follow two services`);
}

/** Different spellings of a path are one. */
function keyOf(path: string): string {
  return JSON.stringify(parseValuesPath(path));
}

function versionsFit({ services }: CatalogFile): readonly CatalogIssue[] {
  return Object.entries(services).flatMap(([name, { versioning, version }]) => {
    const path = ['services', name, 'version'];
    if (versioning === 'independent' && version === undefined) {
      return [{ path, message: 'is missing; an independent service says which version it has, such as v1.3.1' }];
    }
    if (versioning === 'platform' && version !== undefined) {
      return [{ path, message: 'belongs to services with `versioning: independent` only; add that or take it away' }];
    }
    return [];
  });
}

/** A build whose limit is below its usual time fails each time. */
function limitsLeaveTime(_file: CatalogFile, { services }: Catalog): readonly CatalogIssue[] {
  return services.flatMap(({ name, minutes, timeoutMinutes = minutes }) => {
    if (timeoutMinutes >= minutes) return [];
    const message = `is ${timeoutMinutes}, and one build is expected to take ${minutes}; allow more, or correct \`minutes\``;
    return [{ path: ['services', name, 'timeoutMinutes'], message }];
  });
}

function modulesExist({ modules, services }: CatalogFile): readonly CatalogIssue[] {
  const known = new Set(Object.keys(modules));
  return Object.entries(services).flatMap(([service, { dependencies }]) => {
    const used = dependencies.map((name, i) => ({ path: ['services', service, 'dependencies', i], name }));
    const named = used.map(({ path, name }) => ({ key: name, path, owner: name }));
    return [
      ...unknownReferences('module', used, known),
      ...repeated(named, (first) => `the module '${first}' is in this list twice; keep one`),
    ];
  });
}

function modulesDiffer({ modules }: CatalogFile): readonly CatalogIssue[] {
  const all = Object.entries(modules).map(([name, { path }]) => ({ key: path, path: ['modules', name], owner: name }));
  return repeated(all, (first) => `the module '${first}' has the same path; keep one`);
}

const MODULE_RULES: readonly Rule[] = [
  { reads: ['modules'], check: publishedNamesArePaths },
  { reads: ['modules'], check: packagesAreLegal },
  { reads: ['modules'], check: packagesDiffer },
  { reads: ['stages', 'modules', 'services'], check: dependentsWait },
];

/** Names of published modules are parts of keys in the object store, which is a folder on one machine. */
function publishedNamesArePaths(_file: CatalogFile, { modules }: Catalog): readonly CatalogIssue[] {
  const isPath = (name: string) => name.split('/').every((part) => !['', '.', '..'].includes(part));
  const message =
    "has an empty part, '.' or '..' between slashes in its name, so that it cannot be published; rename it";
  return modules
    .filter(({ name, publish }) => publish !== undefined && !isPath(name))
    .map(({ name }) => ({ path: ['modules', name, 'publish'], message }));
}

/** A name is given, or follows from the module's name. */
function packagesAreLegal(file: CatalogFile, { modules }: Catalog): readonly CatalogIssue[] {
  return modules.flatMap(({ name, publish }) => {
    if (publish === undefined) return [];
    const { grammar, allowed } = PACKAGE_NAMES[publish.kind ?? 'python'];
    if (grammar.test(publish.package)) return [];
    const path = ['modules', name, 'publish'];
    if (file.modules[name]?.publish?.package !== undefined) {
      return [{ path: [...path, 'package'], message: `'${excerpt(publish.package)}' is not allowed: ${allowed}` }];
    }
    const message = `needs a package name, because the module's name cannot be one: ${allowed}; write \`publish: { package: NAME }\``;
    return [{ path, message }];
  });
}

/** Packages of two kinds are in two indexes. */
function packagesDiffer(_file: CatalogFile, { modules }: Catalog): readonly CatalogIssue[] {
  const named = modules.flatMap(({ name, publish }) => {
    if (publish === undefined) return [];
    const { kind = 'python', package: given } = publish;
    return [{ key: `${kind} ${PACKAGE_NAMES[kind].known(given)}`, path: ['modules', name, 'publish'], owner: name }];
  });
  return repeated(
    named,
    (first) => `the module '${first}' is published under this name; give each a package of its own`,
  );
}

/** A stage publishes its modules before it builds, so a service may be in the stage that publishes its modules. */
function dependentsWait(_file: CatalogFile, { modules, services, stages }: Catalog): readonly CatalogIssue[] {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const awaited = awaitedStages(stages);
  return services.flatMap(({ name, stage, dependencies }) =>
    dependencies.flatMap((dependency): CatalogIssue[] => {
      const published = byName.get(dependency)?.publish;
      if (published === undefined || published.stage === stage || awaited.get(stage)?.has(published.stage)) return [];
      const message = `is '${stage}', which does not wait for '${published.stage}', where its module '${dependency}' is published; add '${published.stage}' to the needs of '${stage}'`;
      return [{ path: ['services', name, 'stage'], message }];
    }),
  );
}

const STAGE_RULES: readonly Rule[] = [
  { reads: ['stages'], check: stagesDiffer },
  { reads: ['stages'], check: stagesExist },
  { reads: ['stages'], check: stagesEnd },
];

function stagesDiffer(_file: CatalogFile, { stages }: Catalog): readonly CatalogIssue[] {
  const names = stages.map(({ name }, i) => ({ key: name.toLowerCase(), path: ['stages', i, 'name'], owner: name }));
  const titles = stages.map(({ name, title }, i) => ({
    key: title.toLowerCase(),
    path: ['stages', i, 'title'],
    owner: name,
  }));
  return [
    ...repeated(names, (first) => `there is a stage '${first}' already, and case does not count; rename one`),
    ...repeated(titles, (first) => `the stage '${first}' has this title; it names a state, so give each stage its own`),
  ];
}

function stagesExist({ defaults, modules, services }: CatalogFile, { stages }: Catalog): readonly CatalogIssue[] {
  const references: readonly Reference[] = [
    ...stages.flatMap(({ needs }, i) => needs.map((name, j) => ({ path: ['stages', i, 'needs', j], name }))),
    { path: ['defaults', 'stage'], name: defaults.stage },
    ...Object.entries(services).map(([name, { stage }]) => ({ path: ['services', name, 'stage'], name: stage })),
    ...Object.entries(modules).map(([name, { publish }]) => ({
      path: ['modules', name, 'publish', 'stage'],
      name: publish?.stage,
    })),
  ];
  const known = new Set(stages.map(({ name }) => name));
  return unknownReferences('stage', references, known);
}

function stagesEnd(_file: CatalogFile, { stages }: Catalog): readonly CatalogIssue[] {
  return stageCycles(stages).map((cycle) => ({
    path: ['stages', stages.findIndex(({ name }) => name === cycle[0]), 'needs'],
    message: `stages wait for each other: ${excerpt(cycle.join(' -> '), 300)}; take one of these needs away`,
  }));
}

/** Returns every circle of `needs` as names: `['a', 'b', 'a']`. */
function stageCycles(stages: readonly Stage[]): readonly (readonly string[])[] {
  const needs = new Map(stages.map((stage) => [stage.name, stage.needs]));
  const done = new Set<string>();
  const cycles: (readonly string[])[] = [];
  const follow = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name);
    if (start >= 0) cycles.push([...path.slice(start), name]);
    if (start >= 0 || done.has(name)) return;
    for (const next of needs.get(name) ?? []) follow(next, [...path, name]);
    done.add(name);
  };
  for (const { name } of stages) follow(name, []);
  return cycles;
}

const CATALOG_RULES: readonly Rule[] = [...STAGE_RULES, ...SERVICE_RULES, ...MODULE_RULES];

/** Returns the issues of all rules, except those that read a `broken` section, which has a part of the wrong shape. */
export function checkRules(file: CatalogFile, catalog: Catalog, broken: ReadonlySet<string>): readonly CatalogIssue[] {
  const possible = CATALOG_RULES.filter(({ reads }) => !reads.some((section) => broken.has(section)));
  return possible.flatMap((rule) => rule.check(file, catalog));
}

interface Rule {
  /** The sections whose shape must be right for this rule. */
  readonly reads: readonly (keyof CatalogFile)[];
  /** `catalog` is `file` with all defaults. */
  readonly check: (file: CatalogFile, catalog: Catalog) => readonly CatalogIssue[];
}

/** A name in the file. `key` must be unique; a message calls the first of two by its `owner`. */
interface Named {
  readonly key: string;
  readonly path: Path;
  readonly owner: string;
}

/** Returns an issue for each key that an earlier name has. */
function repeated(all: readonly Named[], message: (firstOwner: string) => string): readonly CatalogIssue[] {
  const first = new Map<string, string>();
  return all.flatMap(({ key, path, owner }) => {
    const earlier = first.get(key);
    if (earlier !== undefined) return [{ path, message: message(excerpt(earlier)) }];
    first.set(key, owner);
    return [];
  });
}

/** A name in the file that must be one of a list; undefined if the key is missing. */
interface Reference {
  readonly path: Path;
  readonly name: string | undefined;
}

/** Returns an issue for each unknown name. `kind` is `stage` or `module`. */
function unknownReferences(
  kind: string,
  references: readonly Reference[],
  known: ReadonlySet<string>,
): readonly CatalogIssue[] {
  return references.flatMap(({ path, name }) => {
    if (name === undefined || known.has(name)) return [];
    const unknown = { name, known: [...known] };
    return [{ path, message: `there is no ${kind} '${excerpt(name)}'`, unknown }];
  });
}
