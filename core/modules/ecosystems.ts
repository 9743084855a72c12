/** The kinds of packages, one row each. */
import type { ModuleKind } from '../contract/job';
import type { Ecosystem } from './ecosystem';
import { GO } from './go/go';
import { MAVEN } from './maven/maven';
import { NPM } from './npm/npm';
import { PYTHON } from './python/python';

const ECOSYSTEMS: Readonly<Record<ModuleKind, Ecosystem>> = { python: PYTHON, npm: NPM, maven: MAVEN, go: GO };

/** Returns the ecosystem of a module. Plans, reports and catalogs leave the kind of Python out. */
export function ecosystemOf({ kind = 'python' }: { readonly kind?: ModuleKind | undefined }): Ecosystem {
  return ECOSYSTEMS[kind];
}
