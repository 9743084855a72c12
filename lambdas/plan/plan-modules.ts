/** Asks the package index about the modules that a run is about. */
import pLimit from 'p-limit';
import type { PlannedModule } from '../../core/job-contract';
import { versionSuffix } from '../../core/modules/package-version';
import { concernedModules, planModule } from '../../core/modules/plan-modules';
import type { PackageIndex } from '../../core/ports';
import type { Source } from './read-source';

/** Modules asked about at a time. */
const QUESTIONS_AT_ONCE = 8;

/** The modules as they are planned, in the catalog's order. Throws `PackageIndexError`: without an answer nothing is known to be there. */
export async function planModules(source: Source, packages: PackageIndex): Promise<readonly PlannedModule[]> {
  const limit = pLimit(QUESTIONS_AT_ONCE);
  const contents = concernedModules(source.input, source);
  return Promise.all(
    contents.map((content) =>
      limit(async () => {
        const suffix = versionSuffix(content.contentDigest);
        return planModule(content, await packages.find(content.module.publish.package, suffix));
      }),
    ),
  );
}
