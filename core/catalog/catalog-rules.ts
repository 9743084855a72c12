/** What the parts of a catalog must mean together. Each rule finds all its problems; none knows of the others. */
import type { Catalog } from './catalog';
import type { CatalogIssue } from './catalog-issue';
import type { CatalogFile } from './catalog-schema';
import { MODULE_RULES } from './module-rules';
import type { Rule } from './rule';
import { SERVICE_RULES } from './service-rules';
import { STAGE_RULES } from './stage-rules';

export const CATALOG_RULES: readonly Rule[] = [...STAGE_RULES, ...SERVICE_RULES, ...MODULE_RULES];

/** All issues of all rules that can judge. `broken` are the sections with a part of the wrong shape. */
export function checkRules(file: CatalogFile, catalog: Catalog, broken: ReadonlySet<string>): readonly CatalogIssue[] {
  const able = CATALOG_RULES.filter(({ reads }) => !reads.some((section) => broken.has(section)));
  return able.flatMap((rule) => rule.check(file, catalog));
}
