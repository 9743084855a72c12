/** Rules about services and modules: legal names, nothing shared that must be one's own, versions that fit. */

import { parseValuesPath } from '../values/values-path';
import type { Catalog } from './catalog';
import { IMAGE_NAME, MODULE_NAME, SERVICE_NAME } from './catalog-grammar';
import { type CatalogIssue, excerpt } from './catalog-issue';
import type { CatalogFile } from './catalog-schema';
import { type Rule, repeated, unknownReferences } from './rule';

export const SERVICE_RULES: readonly Rule[] = [
  { name: 'something-to-build', reads: ['services'], check: somethingToBuild },
  { name: 'names-are-legal', reads: [], check: namesAreLegal },
  { name: 'service-names-differ', reads: [], check: serviceNamesDiffer },
  { name: 'images-are-legal', reads: [], check: imagesAreLegal },
  { name: 'images-differ', reads: [], check: imagesDiffer },
  { name: 'values-differ', reads: [], check: valuesDiffer },
  { name: 'versions-fit', reads: [], check: versionsFit },
  { name: 'limits-leave-time', reads: [], check: limitsLeaveTime },
  { name: 'modules-exist', reads: ['modules'], check: modulesExist },
  { name: 'modules-differ', reads: [], check: modulesDiffer },
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

/** Names are keys in object stores and on disks, some of which take upper and lower case for the same. */
function serviceNamesDiffer({ services }: CatalogFile): readonly CatalogIssue[] {
  const all = Object.keys(services).map((name) => ({ key: name.toLowerCase(), path: ['services', name], owner: name }));
  return repeated(all, (first) => `the service '${first}' differs from it by case only; rename one`);
}

function imagesAreLegal(_file: CatalogFile, { services }: Catalog): readonly CatalogIssue[] {
  return services
    .filter(({ image }) => !IMAGE_NAME.test(image))
    .map(({ name }) => ({
      path: ['services', name, 'image'],
      message: `is missing, and the service's name is no image name; give one, such as '${imageLike(name)}'`,
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
    values.map((path, i) => ({
      key: JSON.stringify(parseValuesPath(path)),
      path: ['services', name, 'values', i],
      owner: name,
    })),
  );
  return repeated(all, (first) => `the service '${first}' has this path; one tag cannot follow two services`);
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

/** A build that is ended before it can be done is started in vain, again and again. */
function limitsLeaveTime(_file: CatalogFile, { services }: Catalog): readonly CatalogIssue[] {
  return services.flatMap(({ name, minutes, timeoutMinutes = minutes }) => {
    if (timeoutMinutes >= minutes) return [];
    const message = `is ${timeoutMinutes}, and one build is expected to take ${minutes}; allow more, or correct \`minutes\``;
    return [{ path: ['services', name, 'timeoutMinutes'], message }];
  });
}

function modulesExist({ modules, services }: CatalogFile): readonly CatalogIssue[] {
  const known = Object.keys(modules);
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
