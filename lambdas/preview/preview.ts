/** The preview step: plans a pull request as if it were merged, and writes the plan into one comment. Starts and builds nothing. */
import { isObjectId } from '../../adapters/git/object-name';
import { ecrRegion } from '../../adapters/registry/ecr/ecr-host';
import { runFile } from '../../core/board/pages/run';
import { runView } from '../../core/board/run-view';
import type { Catalog } from '../../core/catalog/model';
import { parseCatalog } from '../../core/catalog/parse-catalog';
import { ERROR_NAMES, PipelineError } from '../../core/contract/errors';
import { objectKeys } from '../../core/contract/keys';
import type { Plan } from '../../core/contract/plan';
import { REFERENCE_REGION } from '../../core/estimate/price';
import type { CommentWriter } from '../../core/ports/git';
import type { PreviewRequest } from '../../core/ports/runs';
import { PREVIEW_MARKER, previewComment, previewProblem } from '../../core/report/comment';
import { runReport } from '../../core/report/run-report';
import { objectLink } from '../../core/report/run-text';
import { type PlanDependencies, planStep } from '../plan/plan';
import { readStored } from '../shared/stored';

export interface PreviewDependencies extends PlanDependencies {
  readonly comments: CommentWriter;
  /** The ARN of the function. The comment links to the page of the plan only if it is in AWS. */
  readonly arn?: string;
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

async function planText(request: PreviewRequest, dependencies: PreviewDependencies): Promise<string> {
  const { settings, git, store, arn = '' } = dependencies;
  const { number, base, commit } = request;
  const startedAt = dependencies.clock.now();
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
  const region = ecrRegion(settings.candidates.host) ?? REFERENCE_REGION;
  const page = objectKeys.previewPage(run);
  await store.put(page, planPage(plan, request, { region, startedAt, now: dependencies.clock.now() }));
  const { stages } = catalogText === undefined ? NO_CATALOG : parseCatalog(catalogText);
  return previewComment(plan, { stages, region, page: objectLink(arn, store.location(page)) });
}

/** Returns the page of the plan, which is that of a run that only planned. */
function planPage(
  plan: Plan,
  { number, base }: PreviewRequest,
  { region, startedAt, now }: { readonly region: string; readonly startedAt: number; readonly now: number },
): string {
  const { run } = plan;
  const report = runReport({
    run,
    startedAt: new Date(startedAt).toISOString(),
    seconds: (now - startedAt) / 1000,
    state: {},
    plan,
    outcomes: [],
    isReleased: false,
    region,
  });
  const view = runView({ run, plan, report, problems: [] }, { now });
  return runFile({ ...view, header: { ...view.header, title: `pull request ${number} into ${base}` } }, now);
}
