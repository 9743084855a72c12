/** The door to catalogs: from the text of `pipeline.yaml` to a `Catalog`, or to all that is wrong with it. */
import { ERROR_NAMES } from '../contract';
import { InvalidInputError } from '../errors';
import type { Catalog } from './catalog';
import { type CatalogIssue, toProblems } from './catalog-issue';
import { checkRules } from './catalog-rules';
import { checkShape } from './catalog-shape';
import { type CatalogYaml, readCatalogYaml } from './catalog-yaml';
import { expandCatalog } from './expand-catalog';

const HINT = `The least that is right:
  platform: v1.4.0
  services:
    restapi: rest_api`;

/** The catalog that `text` holds. Throws `InvalidCatalog` with all problems at once, each with its path and line. */
export function parseCatalog(text: string): Catalog {
  const yaml = readCatalogYaml(text);
  if (yaml.value === undefined) throw refusal(yaml, yaml.issues);
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
