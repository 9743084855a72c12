/** Names under which things are stored: objects of a run, and images by their content. */

import { SOURCE_ARCHIVE } from './job-environment';

/** Keys in the object store. A run's name is at most 80 characters of letters, digits, `-` and `_`. */
export const objectKeys = {
  plan: (run: string) => `runs/${run}/plan.json`,
  /** The plan of a pull request: apart from those of runs, because whoever may open one decides what is in it. */
  preview: (name: string) => `previews/${name}.json`,
  /** Jobs of a stage, where they are not part of the state machine's data. */
  jobs: (run: string, stage: string) => `runs/${run}/jobs/${stage}.json`,
  /** Why a job did not succeed. */
  failure: (run: string, service: string) => `runs/${run}/failures/${service}.json`,
  /** There once a job has failed; `redrives` is how often the run was redriven by then. */
  failed: (run: string, redrives: number | '*') => `runs/${run}/failed-${redrives}.json`,
  /** Module jobs of a stage, likewise. */
  moduleJobs: (run: string, stage: string) => `runs/${run}/modules/${stage}.json`,
  /** What the build of a module leaves for the publish step: a folder. */
  packages: (run: string, module: string) => `packages/${run}/${module}/`,
  release: (run: string) => `runs/${run}/release.json`,
  approval: (run: string) => `runs/${run}/approval.json`,
  answer: (run: string) => `runs/${run}/answer.json`,
  report: (run: string) => `runs/${run}/report.json`,
  summary: (run: string) => `runs/${run}/summary.md`,
  /** The last status of a commit, where no git host shows it. */
  status: (commit: string) => `statuses/${commit}.json`,
  /** Depends on the commit alone, so that runs of one commit share it. The archive is all that lies in this folder. */
  sources: (commit: string) => `sources/${commit}/`,
  source: (commit: string) => `sources/${commit}/${SOURCE_ARCHIVE}`,
  /** A manifest's exact bytes, so that a later release needs no counted pull for it. `digest` is `sha256:<hex>`. */
  manifest: (digest: string) => `manifests/${digest.replace(':', '/')}.json`,
  /** What a service's input digest was made of, to explain a later difference. */
  inputs: (service: string, inputDigest: string) => `inputs/${service}/${inputDigest}.json`,
} as const;

/** The candidate's tag of a service: unique by content. A tag has at most 128 characters. */
export function candidateTag(service: string, inputDigest: string): string {
  return `${service}.${inputDigest}`;
}

/** The tag in a release repository that answers "was this content ever released?" by one HEAD. */
export function contentTag(inputDigest: string): string {
  return `in-${inputDigest}`;
}

/** The patterns of the tags that may move in a release repository of ECR: those that name content, and those of the settings. */
export function movablePatterns(movableTags: readonly string[]): readonly string[] {
  return [contentTag('*'), ...movableTags];
}
