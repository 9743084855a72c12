/** The runs of a demonstration. On the sample monorepo: two releases, a push, a failed build, and the same run again. */
import { runGit } from '../../adapters/git/local/git-command';
import type { ExecutionInput } from '../../core/contract/run-input';
import type { GitHost } from '../../core/ports/git';
import { addValuesFiles, STAGING_BRANCH } from './environments';

/** One run of a demonstration. `prepare` changes the repository first, as a developer would, and gives the run's input. */
export interface Scene {
  readonly title: string;
  /** Services whose build fails, to rehearse a failure. */
  readonly refuse: readonly string[];
  /** A version of this service that answers requests with an error, once it is deployed to staging. */
  readonly broken?: { readonly service: string; readonly version: string };
  prepare(): Promise<ExecutionInput>;
}

/** Returns true if the run of the scene fails as it should. */
export function shouldFail({ refuse, broken }: Scene): boolean {
  return refuse.length > 0 || broken !== undefined;
}

const CLOUD_ADAPTER: Append = { folder: 'tools/cloud_adapter', line: '# a new cloud region' };

const AUTH_CLIENT: Append = { folder: 'optscale_client/auth_client', line: '# a new call' };

const REST_API: Append = { folder: 'rest_api', line: '# a new route' };

const NGUI: Append = { folder: 'ngui', line: '// a new page' };

const EXCEPTIONS: Append = { folder: 'tools/optscale_exceptions', line: '# a new exception' };

/** Returns scenes (a) to (e) on the sample repository, whose branches are `main` and, from (b) on, `develop`. */
export function sampleScenes(git: GitHost, repository: string, catalogFile: string): readonly Scene[] {
  let failing: ExecutionInput | undefined;
  return [
    {
      title: 'a  first release: every image is built',
      refuse: [],
      prepare: async () => ({ action: 'release', version: 'v1.3.0', ref: 'main' }),
    },
    {
      title: 'b  push to develop that changes tools/cloud_adapter: exactly its dependents are built',
      refuse: [],
      prepare: async () => {
        await moveBranch(git, repository, 'develop', 'main');
        const commit = await appendLines(git, 'develop', [CLOUD_ADAPTER], 'cloud_adapter: add a region');
        return { action: 'push', ref: 'refs/heads/develop', commit };
      },
    },
    {
      title: 'c  release v1.4.0: what changed is built, the rest is retagged, the chart is updated in one commit',
      refuse: [],
      prepare: async () => {
        await moveBranch(git, repository, 'main', 'develop');
        await appendLines(git, 'main', [NGUI, AUTH_CLIENT], 'ngui: a new page that needs a new auth call');
        return { action: 'release', version: 'v1.4.0', from: 'v1.3.0', ref: 'main', strategy: 'smart' };
      },
    },
    {
      title: 'd  a push in which the build of auth fails: no version, no commit',
      refuse: ['auth'],
      prepare: async () => {
        await moveBranch(git, repository, 'develop', 'main');
        await bumpPlatform(git, 'develop', catalogFile, 'v1.5.0');
        const commit = await appendLines(git, 'develop', [EXCEPTIONS], 'exceptions: add one');
        failing = { action: 'push', ref: 'refs/heads/develop', commit };
        return failing;
      },
    },
    {
      title: 'e  the same run again: only the failed image is built',
      refuse: [],
      prepare: async () => {
        if (failing === undefined) throw new Error('scene d comes before scene e');
        return failing;
      },
    },
  ];
}

interface SampleRepository {
  readonly git: GitHost;
  readonly repository: string;
  readonly catalogFile: string;
  readonly valuesFile: string;
}

/** Returns scene (f), after the others: three pushes to staging. The second one is rolled back, the others go on to production. */
export function deployedScenes({ git, repository, catalogFile, valuesFile }: SampleRepository): readonly Scene[] {
  const push = async (appends: readonly Append[], message: string): Promise<ExecutionInput> => {
    const commit = await appendLines(git, STAGING_BRANCH, appends, message);
    return { action: 'push', ref: `refs/heads/${STAGING_BRANCH}`, commit };
  };
  return [
    {
      title:
        'f  push to staging: deployed, verified by requests, watched for seconds, and after an approval in production, too',
      refuse: [],
      prepare: async () => {
        await addValuesFiles(git, 'main', valuesFile);
        await moveBranch(git, repository, STAGING_BRANCH, 'main');
        await bumpPlatform(git, STAGING_BRANCH, catalogFile, 'v1.5.0');
        return push([AUTH_CLIENT], 'auth_client: one more call');
      },
    },
    {
      title:
        '   a push whose restapi answers with errors: staging is rolled back by itself, and production stays as it is',
      refuse: [],
      broken: { service: 'restapi', version: 'v1.5.0-rc-2' },
      prepare: () => push([REST_API], 'restapi: a change that breaks it'),
    },
    {
      title: '   the next push passes, and goes on to production',
      refuse: [],
      prepare: () => push([REST_API], 'restapi: the change, repaired'),
    },
  ];
}

/** Returns the scenes on somebody's own repository: a release of its head, then the same again. */
export function ownScenes(version: string, branch: string): readonly Scene[] {
  const input: ExecutionInput = { action: 'release', version, ref: branch };
  return [
    { title: `a  release ${version} of ${branch}`, refuse: [], prepare: async () => input },
    { title: 'b  the same release again: nothing is left to build', refuse: [], prepare: async () => input },
  ];
}

/** Fast-forwards the branch, as a merge without changes of its own does. */
async function moveBranch(git: GitHost, repository: string, branch: string, to: string): Promise<void> {
  const target = await git.resolve(`refs/heads/${to}`);
  const now = (await git.head(branch)) ?? '0'.repeat(40);
  await runGit(repository, ['update-ref', `refs/heads/${branch}`, target, now]);
}

/** A line to append to the first source file below a folder. */
interface Append {
  readonly folder: string;
  readonly line: string;
}

const SOURCE_FILE = /\.(py|ts|tsx|js)$/;

/** Appends the lines in one commit and returns it. */
async function appendLines(git: GitHost, branch: string, appends: readonly Append[], message: string): Promise<string> {
  const head = await git.resolve(`refs/heads/${branch}`);
  const tree = await git.tree(head);
  const paths = appends.map(({ folder }) => {
    const file = tree.find(({ path }) => path.startsWith(`${folder}/`) && SOURCE_FILE.test(path));
    if (file === undefined) throw new Error(`the sample has no source file below ${folder}`);
    return file.path;
  });
  const texts = await git.readFiles(head, paths);
  const files = paths.map((path, index) => ({ path, content: `${texts.get(path) ?? ''}${appends[index]?.line}\n` }));
  return commit(git, branch, head, files, message);
}

/** Sets the platform version under development in the catalog. */
async function bumpPlatform(git: GitHost, branch: string, catalogFile: string, version: string): Promise<void> {
  const head = await git.resolve(`refs/heads/${branch}`);
  const text = (await git.readFiles(head, [catalogFile])).get(catalogFile) ?? '';
  const content = text.replace(/^platform: *\S+/m, `platform: ${version}`);
  await commit(git, branch, head, [{ path: catalogFile, content }], `start ${version}`);
}

async function commit(
  git: GitHost,
  branch: string,
  parent: string,
  files: readonly { readonly path: string; readonly content: string }[],
  message: string,
): Promise<string> {
  const attempt = await git.commit({ branch, parent, files, message });
  if (attempt.kind === 'moved') throw new Error(`branch ${branch} moved while the demonstration used it`);
  return attempt.commit;
}
