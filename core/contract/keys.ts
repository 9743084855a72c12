/** Contract, shared: keys in the object store, and tags of images by their content. */
import { SOURCE_ARCHIVE } from './job-environment';

/** Keys in the object store. A run's name has at most 80 characters: letters, digits, `-` and `_`. */
export const objectKeys = {
  plan: (run: string) => `runs/${run}/plan.json`,
  /** The plan of a pull request. Kept apart from those of runs, because anybody who may open one decides its content. */
  preview: (name: string) => `previews/${name}.json`,
  /** The page of that plan. */
  previewPage: (name: string) => `previews/${name}.html`,
  /** The jobs of a stage, if they are not part of the state machine's data. */
  jobs: (run: string, stage: string) => `runs/${run}/jobs/${stage}.json`,
  /** The module jobs of a stage, likewise. */
  moduleJobs: (run: string, stage: string) => `runs/${run}/modules/${stage}.json`,
  /** The images that one machine builds together. */
  machine: (run: string, service: string) => `runs/${run}/machines/${service}.json`,
  /** A candidate that was built: by which run, and when. */
  candidate: (tag: string) => `candidates/${tag}.json`,
  /** The run that built the image of a digest, `sha256:<hex>`. */
  built: (digest: string) => `built/${digest.replace(':', '/')}.json`,
  /** A module that a run published. */
  published: (run: string, module: string) => `runs/${run}/published/${module}.json`,
  /** The reason why a job did not succeed. */
  failure: (run: string, service: string) => `runs/${run}/failures/${service}.json`,
  /** Exists once a job has failed. `redrives` is how often the run had been redriven by then. */
  failed: (run: string, redrives: number | '*') => `runs/${run}/failed-${redrives}.json`,
  /** The folder in which a module's build leaves its files for the publish step. */
  packages: (run: string, module: string) => `packages/${run}/${module}/`,
  approval: (run: string) => `runs/${run}/approval.json`,
  answer: (run: string) => `runs/${run}/answer.json`,
  /** The scan of the images before they get their versions. */
  scan: (run: string) => `runs/${run}/scan.json`,
  /** Exists once the image of a service has its version. It tells how far a release came that broke off. */
  tagged: (run: string, service: string) => `runs/${run}/tagged/${service}.json`,
  release: (run: string) => `runs/${run}/release.json`,
  /** The result of the commit step. It tells what a run committed that was stopped before its report. */
  commit: (run: string) => `runs/${run}/commit.json`,
  /** The pull request of the commit, so far. */
  proposal: (run: string) => `runs/${run}/proposal.json`,
  /** Exists for each commit that the run made for its pull requests. A branch with another head has work of other people. */
  proposed: (run: string, commit: string) => `runs/${run}/proposed/${commit}.json`,
  /** Exists once a newer run has replaced the pull request. That run writes it. */
  overtaken: (run: string) => `runs/${run}/overtaken.json`,
  /** What happened after the commit, so far. */
  rollout: (run: string) => `runs/${run}/rollout.json`,
  /** The tag of a release. */
  tag: (run: string) => `runs/${run}/tag.json`,
  report: (run: string) => `runs/${run}/report.json`,
  summary: (run: string) => `runs/${run}/summary.md`,
  /** The page of the run: one HTML file that needs no network. */
  page: (run: string) => `runs/${run}/run.html`,
  /** The times of the run's steps and jobs. In AWS of the jobs only, at the end of the run: the execution's history has the rest. */
  timeline: (run: string) => `runs/${run}/timeline.json`,
  /** The recorded times of jobs and runs, from which the next estimates are made. */
  times: () => 'times.json',
  /** The last status of a commit, if no git host shows it. */
  status: (commit: string) => `statuses/${commit}.json`,
  /** The folder of a commit's source archive, and nothing else. All runs of the commit share it. */
  sources: (commit: string) => `sources/${commit}/`,
  source: (commit: string) => `sources/${commit}/${SOURCE_ARCHIVE}`,
  /** A manifest's exact bytes, so that a later release needs no counted pull for them. `digest` is `sha256:<hex>`. */
  manifest: (digest: string) => `manifests/${digest.replace(':', '/')}.json`,
  /** The inputs behind a service's input digest, to explain a later difference. */
  inputs: (service: string, inputDigest: string) => `inputs/${service}/${inputDigest}.json`,
} as const;

/** Returns a service's candidate tag, which is unique by content. A tag has at most 128 characters. */
export function candidateTag(service: string, inputDigest: string): string {
  return `${service}.${inputDigest}`;
}

/** Returns the tag in a release repository that answers "was this content ever released?" by one HEAD. */
export function contentTag(inputDigest: string): string {
  return `in-${inputDigest}`;
}

/** Returns the patterns of the tags that may move in a release repository of ECR: content tags, and those of the settings. */
export function movablePatterns(movableTags: readonly string[]): readonly string[] {
  return [contentTag('*'), ...movableTags];
}

/** Returns true if no other manifest may get the tag: in release repositories, as on ECR, for all tags but those that may move. */
export function isImmutableTag(
  repository: string,
  tag: string,
  { namespace, movableTags }: { readonly namespace: string; readonly movableTags: readonly string[] },
): boolean {
  // Patterns end with `*` or have none, as the settings require.
  const isLike = (pattern: string) => (pattern.endsWith('*') ? tag.startsWith(pattern.slice(0, -1)) : tag === pattern);
  return repository.startsWith(`${namespace}/`) && !movablePatterns(movableTags).some(isLike);
}
