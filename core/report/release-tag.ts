/** The git tag of a release of the whole platform: which run makes it, and its text. */
import type { Plan } from '../contract/plan';
import type { ReleaseRecord } from '../contract/release';
import type { Settings } from '../settings/schema';
import { parseVersion } from '../version/version';
import { runTitle } from './run-text';

/** Returns the name of the tag that the run makes, or undefined if it makes none. */
export function tagOfRun(
  { action, environment, platformVersion }: Pick<Plan, 'action' | 'environment' | 'platformVersion'>,
  { releaseTag, environments }: Pick<Settings, 'releaseTag' | 'environments'>,
): string | undefined {
  if (releaseTag === undefined || platformVersion === undefined) return undefined;
  if (action !== 'release' && action !== 'promote') return undefined;
  const tagged = releaseTag.environment ?? environments.at(-1)?.name;
  return environment === tagged ? releaseTag.pattern.replaceAll('{version}', () => platformVersion) : undefined;
}

/** Returns true if the version is no final one, which a git host shows apart. */
export function isPrerelease(version: string): boolean {
  return parseVersion(version)?.suffix !== '';
}

/** Returns the message of the annotated tag: a subject, and what leads to the run and to the commit of the values file. */
export function tagMessage(record: ReleaseRecord, valuesCommit: string | null): string {
  const { action, platformVersion: version, environment, startedBy, services, run } = record;
  const count = `${services.length} ${services.length === 1 ? 'service' : 'services'}`;
  const values = valuesCommit === null ? [] : [`Values-Commit: ${valuesCommit}`];
  return [runTitle({ action, version, environment, startedBy }), '', count, '', `Run-Id: ${run}`, ...values].join('\n');
}
