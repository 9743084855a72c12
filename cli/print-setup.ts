/** What `pipeline setup` did, as text. */
import type { SetupReport } from './setup';

/** One line on the webhook, one on the secret if it was made, one for each that delivers the same a second time. */
export function setupText({ dryRun, repository, url, events, secret, action, hook }: SetupReport): string {
  const verb = { create: ['would be made', 'was made'], update: ['would be set', 'was set'] }[action.kind];
  const before = action.kind === 'update' && action.faults.length > 0 ? ` (it ${action.faults.join('; ')})` : '';
  const number = hook === undefined ? '' : ` ${hook}`;
  return [
    `webhook${number} of ${repository} ${verb[dryRun ? 0 : 1]}: ${events.join(' and ')} to ${url}${before}`,
    ...(secret === 'kept' ? [] : [`its secret ${dryRun ? 'would be' : 'was'} made and put into the stack`]),
    ...(action.kind === 'update' ? action.twins : []).map(
      (id) => `webhook ${id} has the same address, so that pushes are delivered twice; remove it at the git host`,
    ),
  ].join('\n');
}
