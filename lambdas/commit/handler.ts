/** The commit step as a Lambda function. */
import { systemClock } from '../../adapters/clock';
import type { CommitRequest, CommitStep } from '../../core/contract/release';
import { deployedRepositories } from '../shared/deployed';
import { logged } from '../shared/log';
import { openStep } from '../shared/open-step';
import { commitOrPropose } from './commit';

const { settings, store } = openStep('commit');
const { source, values } = deployedRepositories(settings, process.env, { git: 'reader', valuesGit: 'writer' });
const dependencies = {
  settings,
  git: source.git,
  valuesGit: values.git,
  pulls: values.pulls,
  store,
  clock: systemClock,
  random: Math.random,
};

/** Updates the values file in one commit, or opens a pull request for it and looks at that. */
export function handler(request: CommitRequest): Promise<CommitStep> {
  return logged(
    { step: 'commit', run: request.run },
    () => commitOrPropose(request, dependencies),
    (result) => ({ ...result }),
  );
}
