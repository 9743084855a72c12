/** The preview step: plans what merging a pull request would build, and says so in one comment. Starts and builds nothing. */
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

/** `outdated`: the pull request has other commits by now, whose own comment comes or has come. */
export interface PreviewResult {
  readonly comment: 'written' | 'outdated';
}

/** What the author of the pull request can mend. Everything else is thrown, and tried again by Lambda. */
const FAULTS_OF_THE_COMMIT: readonly string[] = [
  ERROR_NAMES.invalidInput,
  ERROR_NAMES.invalidCatalog,
  ERROR_NAMES.valuesFile,
];

/** Plans the pull request's head as if it were the branch's, as a dry run, and puts the plan into the comment. */
export async function previewStep(request: PreviewRequest, dependencies: PreviewDependencies): Promise<PreviewResult> {
  const { number: pull, commit } = request;
  const body = await planText(request, dependencies);
  return { comment: await dependencies.comments.putComment({ pull, commit, marker: PREVIEW_MARKER, body }) };
}

/** Of a commit that the pipeline was never set up for: its plan is empty, and says so. */
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
