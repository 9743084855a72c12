/** Asks the deployed release function about the registry of an environment, which it alone may use. */
import type { AwsAccount } from '../../../adapters/aws/account';
import type { Catalog } from '../../../core/catalog/model';
import type { ProbeRequest, ProbeResult, RecordedImage } from '../../../core/contract/release';
import type { ValuesGit } from '../../../core/ports/git';
import { environmentNamed } from '../../../core/settings/environment';
import { filesOf } from '../../../core/settings/files/environment-files';
import { ownBranches } from '../../../core/settings/rollout-rules';
import type { Settings } from '../../../core/settings/schema';
import { parseVersionLock } from '../../../core/version/version-lock';
import type { AccountCheck } from '../account';
import type { RegistryCheckOptions } from './registry';

interface ProbedDeployment {
  readonly settings: Settings;
  readonly catalog: Catalog | undefined;
  /** Undefined if no login can read the version locks. */
  readonly valuesGit: Pick<ValuesGit, 'head' | 'readFiles'> | undefined;
}

/** Returns the way to ask; undefined if the stack has no registry of an environment. */
export function probeOf(
  account: Pick<AwsAccount, 'invoke'>,
  { stack }: Pick<AccountCheck, 'stack'>,
  deployment: ProbedDeployment,
): RegistryCheckOptions['probe'] {
  const name = stack?.outputs.ReleaseFunctionName;
  if (name === undefined) return undefined;
  const images = (deployment.catalog?.services ?? []).map(({ image }) => image);
  return async (environment) => {
    // Another check reports a repository that cannot be read.
    const recorded = await recordedImages(environment, deployment).catch(() => []);
    const request: ProbeRequest = { run: 'doctor', phase: 'probe', environment, images, recorded };
    const { problems } = (await account.invoke(name, request)) as ProbeResult;
    return problems;
  };
}

/** Returns what the version lock at the head of the environment's first branch names. */
async function recordedImages(
  environment: string,
  { settings, catalog, valuesGit }: ProbedDeployment,
): Promise<readonly RecordedImage[]> {
  const branch = settings.valuesRepository?.branch ?? ownBranches(settings, environment)[0];
  const head = branch === undefined ? undefined : await valuesGit?.head(branch);
  if (valuesGit === undefined || head === undefined) return [];
  const { lock: path } = filesOf(environmentNamed(settings, environment));
  const lock = parseVersionLock((await valuesGit.readFiles(head, [path])).get(path) ?? '', path);
  return (catalog?.services ?? []).flatMap(({ name, image }) => {
    const entry = lock.get(name);
    return entry === undefined ? [] : [{ image, version: entry.version, digest: entry.digest }];
  });
}
