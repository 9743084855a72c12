/** A push of a commit that the pipeline was never set up for, such as one on a branch older than the catalog: there is nothing to do. */
import type { Plan } from '../../core/contract';
import { environmentOf } from '../../core/environment';
import { InvalidInputError, type Problem } from '../../core/errors';
import type { PushInput } from '../../core/run-input';
import type { Settings } from '../../core/settings';
import { runBranch } from '../../core/trigger/run-branch';

/** The commit has no catalog. Whoever asked for a release is refused by it; nobody asked for what a push starts. */
export class NoCatalogError extends InvalidInputError {
  readonly commit: string;

  constructor(what: string, problems: readonly Problem[], commit: string) {
    super(what, problems);
    this.commit = commit;
  }
}

/** The plan of such a push: no service, and a note that says why. */
export function emptyPlan(run: string, input: PushInput, commit: string, settings: Settings): Plan {
  const { branch, rule } = runBranch(input, settings);
  return {
    schema: 1,
    run,
    action: input.action,
    ref: branch,
    environment: environmentOf(settings, rule, input).name,
    commit,
    strategy: settings.strategy,
    dryRun: input.dryRun === true,
    note: `this commit has no catalog ${settings.catalogFile}: nothing to do`,
    services: [],
    totals: { build: 0, retag: 0, keep: 0 },
  };
}
