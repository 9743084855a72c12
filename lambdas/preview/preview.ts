/** The preview step: plans a pull request as if it were merged, and writes the plan into one comment. Starts and builds nothing. */
import { isObjectId } from '../../adapters/git/object-name';
import { ecrRegion } from '../../adapters/registry/ecr/ecr-host';
import type { Catalog } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { Plan } from '../../core/contract/plan';
import { REFERENCE_REGION } from '../../core/estimate/price';
import type { CommentWriter } from '../../core/ports/git';
import type { PreviewRequest } from '../../core/ports/runs';
import { PREVIEW_MARKER, previewComment, previewProblem } from '../../core/report/comment';
import { type PlanDependencies, planStep } from '../plan/plan';
import { readStored } from '../shared/stored';

export interface PreviewDependencies extends PlanDependencies {
  readonly comments: CommentWriter;
}

/** `outdated`: the pull request has a newer commit, which gets its own comment. */
export interface PreviewResult {
  readonly comment: 'written' | 'outdated';
}

/** Errors that the author of the pull request can fix. Lambda retries after any other error. */
const FAULTS_OF_THE_COMMIT: readonly string[] = [
  ERROR_NAMES.invalidInput,
  ERROR_NAMES.invalidCatalog,
  ERROR_NAMES.valuesFile,
];

/** Plans the pull request's head as a dry run of a push to its base branch, and writes the comment. */
export async function previewStep(request: PreviewRequest, dependencies: PreviewDependencies): Promise<PreviewResult> {
  const { number: pull } = request;
  // Bitbucket Cloud abbreviates the heads of pull requests.
  const commit = isObjectId(request.commit) ? request.commit : await dependencies.git.resolve(request.commit);
  const body = await planText({ ...request, commit }, dependencies);
  return { comment: await dependencies.comments.putComment({ pull, commit, marker: PREVIEW_MARKER, body }) };
}

/** For a commit without a catalog, whose plan is empty. */
const NO_CATALOG: Catalog = { platformVersion: '', stages: [], modules: [], services: [] };

async function planText({ number, base, commit }: PreviewRequest, dependencies: PreviewDependencies): Promise<string> {
  const { settings, git, store } = dependencies;
  const run = `${number}-${commit}`;
  const input = { action: 'push', ref: `refs/heads/${base}`, commit, dryRun: true };
  try {
    await planStep({ run, input }, dependencies, objectKeys.preview);
  } catch (error) {
    if (!(error instanceof PipelineError) || !FAULTS_OF_THE_COMMIT.includes(error.name)) throw error;
    return previewProblem(commit, error.message);
  }
  const [plan, files] = await Promise.all([
    readStored<Plan>(store, objectKeys.preview(run)),
    git.readFiles(commit, [settings.catalogFile]),
  ]);
  const catalogText = files.get(settings.catalogFile);
  return previewComment(plan, {
    catalog: catalogText === undefined ? NO_CATALOG : parseCatalog(catalogText),
    stageConcurrency: settings.maxConcurrency,
    region: ecrRegion(settings.candidates.host) ?? REFERENCE_REGION,
  });
}
