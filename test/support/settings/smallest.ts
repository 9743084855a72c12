/** The smallest settings, and the problems of others. */
import { InvalidInputError } from '../../../core/contract/errors';
import { parseSettings } from '../../../core/settings/parse-settings';
import type { SettingsInput } from '../../../core/settings/schema';

/** Settings with only those that have no default. */
export const SMALLEST: SettingsInput = {
  git: { host: 'github', repository: 'team/monorepo' },
  releases: { host: 'registry.example', namespace: 'team' },
  candidates: { host: 'registry.example', repository: 'candidates' },
};

/** Returns the problems for which settings are refused, as `path: message`; none if they are taken. */
export function problemsOf(settings: unknown): string[] {
  try {
    parseSettings(settings);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}
