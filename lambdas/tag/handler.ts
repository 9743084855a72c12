/** The AWS Lambda handler of the tag step. */
import { systemClock } from '../../adapters/clock';
import type { TagRequest, TagResult } from '../../core/contract/release';
import { deployedRepositories } from '../shared/deployed';
import { logged } from '../shared/log';
import { openStep } from '../shared/open-step';
import { tagStep } from './tag';

const { settings, store } = openStep('tag');
const { source, values } = deployedRepositories(settings, process.env, { git: 'writer', valuesGit: 'reader' });
const dependencies = {
  settings,
  git: source.git,
  tags: source.tags,
  valuesGit: values.git,
  store,
  clock: systemClock,
};

/** Tags the release. */
export function handler(request: TagRequest): Promise<TagResult> {
  return logged(
    { step: 'tag', run: request.run },
    () => tagStep(request, dependencies),
    ({ tag }) => ({ tag: tag?.name }),
  );
}
