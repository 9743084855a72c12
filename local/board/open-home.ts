/** The board of a home: its runs, its repository, its settings. */
import { resolve } from 'node:path';
import { InvalidInputError, messageOf } from '../../core/contract/errors';
import type { Settings } from '../../core/settings/schema';
import { homePaths, localRepository, localValuesRepository, readLocalSettings } from '../runtime/home';
import { readJobLog } from '../runtime/job-log';
import { openHomeRuns } from './home-runs';
import type { BoardSource } from './source';

/** Stops and redrives runs of a served home. */
export type ActOnRun = (action: 'stop' | 'redrive', arn: string) => Promise<void>;

/**
 * Opens a home. `endpoint` is where it is served, with `act` to stop and redrive. Throws `InvalidInput` if the folder is no home; settings
 * of another version are a sentence on the pages.
 */
export async function openHomeSource(
  home: string,
  served?: { readonly endpoint: string; readonly act: ActOnRun },
): Promise<BoardSource> {
  const folder = resolve(home);
  const problems: string[] = [];
  const settings = await readSettings(folder, problems);
  return {
    title: `home ${home}`,
    place: { kind: 'home', home, ...(served === undefined ? {} : { endpoint: served.endpoint }) },
    runs: openHomeRuns(folder),
    settings,
    ...repositoriesOf(folder, settings, problems),
    problems,
    readLog: readJobLog,
    linksOf: () => ({}),
    act: async (action, arn) => {
      if (served === undefined)
        throw new Error(`the home is not served, so a run cannot be ${action === 'stop' ? 'stopped' : 'redriven'}`);
      await served.act(action, arn);
    },
  };
}

async function readSettings(folder: string, problems: string[]): Promise<Settings | undefined> {
  try {
    return (await readLocalSettings(folder)).settings;
  } catch (error) {
    // A folder without settings is no home. Settings that this version cannot read are no reason to hide the runs.
    if (error instanceof InvalidInputError && error.problems.some(({ message }) => /no local pipeline/.test(message)))
      throw error;
    problems.push(`The settings of the home cannot be read: ${messageOf(error)}`);
    return undefined;
  }
}

function repositoriesOf(
  folder: string,
  settings: Settings | undefined,
  problems: string[],
): Pick<BoardSource, 'repository' | 'valuesRepository'> {
  if (settings === undefined) return { repository: homePaths(folder).repository, valuesRepository: undefined };
  try {
    return { repository: localRepository(settings), valuesRepository: localValuesRepository(settings) };
  } catch (error) {
    problems.push(messageOf(error));
    return { repository: undefined, valuesRepository: undefined };
  }
}
