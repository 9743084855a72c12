/** Commands of an environment: its deployment by Helm or a script, and checks that are scripts. Their jobs have none of the pipeline's rights. */
import { objectKeys } from '../../core/contract/keys';
import type { CommandJob, RolloutRecord } from '../../core/contract/rollout';
import type { ValuesGit } from '../../core/ports/git';
import type { ObjectStore } from '../../core/ports/store';
import { type Environment, isCommand } from '../../core/settings/environment-schema';
import { helmValues } from '../../core/settings/files/environment-files';

/** The name of the deployment among the commands. Names of checks have no `:`, so that none is equal. */
export const DEPLOYMENT = 'deploy:';

/** CodeBuild's shortest time limit, in minutes. */
const SHORTEST_LIMIT = 5;

/** Returns the job of a command. Stores the source archive of its commit first, if that is missing. */
export async function prepareCommand(
  { run, redrives, commands, report }: RolloutRecord,
  name: string,
  environment: Environment,
  { valuesGit, store }: { readonly valuesGit: Pick<ValuesGit, 'archive' | 'holds'>; readonly store: ObjectStore },
): Promise<CommandJob> {
  const { commit } = report;
  const key = objectKeys.source(commit);
  if (!(await store.exists(key))) await store.put(key, await valuesGit.archive(commit));
  const { deploy } = environment;
  const check = environment.verify?.[name];
  const isCheck = check !== undefined && isCommand(check);
  const minutes = isCheck ? check.minutes : (deploy?.minutes ?? SHORTEST_LIMIT);
  const script = isCheck ? check.script : deploy?.with === 'command' ? deploy.script : '';
  const helm = !isCheck && deploy?.with === 'helm' ? deploy : { chart: '', release: '' };
  return {
    run,
    name: isCheck ? name : 'deploy',
    id: `${run} ${redrives} ${commands}`,
    source: store.location(objectKeys.sources(commit)),
    timeoutMinutes: Math.max(SHORTEST_LIMIT, Math.ceil(minutes)),
    seconds: String(Math.max(1, Math.round(minutes * 60))),
    environment: environment.name,
    commit,
    script,
    cluster: deploy?.cluster ?? '',
    namespace: deploy?.namespace ?? '',
    chart: helm.chart,
    release: helm.release,
    values: helmValues(environment),
  };
}
