/** The check of `pipeline doctor` that the values files of each environment name the registry that it pulls from. */
import type { Catalog } from '../../../core/catalog/model';
import { formatProblems } from '../../../core/contract/errors';
import { type Finding, later, ok, problem } from '../../../core/doctor/finding';
import { judgePulledNames } from '../../../core/planning/registries/pulled-names';
import type { ValuesGit } from '../../../core/ports/git';
import type { Environment } from '../../../core/settings/environment-schema';
import { filesOf } from '../../../core/settings/files/environment-files';
import { OWN_REGISTRY } from '../../../core/settings/registry/names';
import { ownBranches } from '../../../core/settings/rollout-rules';
import type { Settings } from '../../../core/settings/schema';
import { shellCommand } from '../../../core/text/escape';
import { runCheck } from '../run-check';

/** What the check reads. */
export interface PulledNamesCheck {
  readonly settings: Settings;
  /** Undefined if it could not be read, which another check reports. */
  readonly catalog: Catalog | undefined;
  /** Undefined if no login can read the values files, which another check reports. */
  readonly valuesGit: Pick<ValuesGit, 'head' | 'readFiles'> | undefined;
  /** The host of the stack's own registry; undefined without access to the account. */
  readonly ownHost: string | undefined;
}

/** Checks every environment that has values files. */
export async function checkPulled({
  settings: given,
  catalog,
  valuesGit,
  ownHost,
}: PulledNamesCheck): Promise<readonly Finding[]> {
  if (catalog === undefined || valuesGit === undefined) return [];
  const settings = ownHost === undefined ? given : withOwnHost(given, ownHost);
  const found = settings.environments.map(async (environment) => {
    const { name, registry = settings.releases } = environment;
    const check = `images of ${name}`;
    const branch = settings.valuesRepository?.branch ?? ownBranches(settings, name)[0];
    const paths = filesOf(environment).values.map(({ path }) => path);
    if (branch === undefined || paths.length === 0) return [];
    if (registry.host === OWN_REGISTRY) return [later(check, 'not checked, because the account is not known')];
    // Other checks report a repository that cannot be read, and a branch or a file that is missing.
    const texts = await readHead(valuesGit, branch, paths).catch(() => new Map<string, string>());
    if (paths.some((path) => !texts.has(path))) return [];
    const show = shellCommand('git', 'show', `${branch}:${paths[0]}`);
    return runCheck(check, show, async () => judge(check, catalog, { environment, settings, texts }));
  });
  return (await Promise.all(found)).flat();
}

async function readHead(
  valuesGit: Pick<ValuesGit, 'head' | 'readFiles'>,
  branch: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const head = await valuesGit.head(branch);
  return head === undefined ? new Map() : valuesGit.readFiles(head, paths);
}

function judge(check: string, { services }: Catalog, from: Parameters<typeof judgePulledNames>[1]): readonly Finding[] {
  const { problems, warnings, right, unseen } = judgePulledNames(services, from);
  const fix = `edit ${filesOf(from.environment)
    .values.map(({ path }) => path)
    .join(', ')}`;
  const found = [
    ...problems.map((each) => problem(check, formatProblems([each]).trim(), fix)),
    ...warnings.map((warning) => later(check, warning, fix)),
  ];
  if (found.length > 0) return found;
  const { host, namespace } = from.environment.registry ?? from.settings.releases;
  const rest = unseen.length === 0 ? '' : `; of ${unseen.length}, the values files have no registry`;
  return [ok(check, `${right.length} of ${services.length} are named in ${host}/${namespace}${rest}`)];
}

/** Returns the settings with the full host instead of `ecr`, as the deployed functions have them. */
function withOwnHost({ releases, candidates, environments, ...settings }: Settings, ownHost: string): Settings {
  const full = <Place extends { readonly host: string }>(place: Place): Place =>
    place.host === OWN_REGISTRY ? { ...place, host: ownHost } : place;
  const withRegistry = ({ registry, ...environment }: Environment): Environment =>
    registry === undefined ? environment : { ...environment, registry: full(registry) };
  return {
    ...settings,
    releases: full(releases),
    candidates: full(candidates),
    environments: environments.map(withRegistry),
  };
}
