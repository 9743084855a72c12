/** The pages that show something. */
import type { Hono, HonoRequest } from 'hono';
import { type CommandWords, commandText, possibleActions } from '../../core/board/actions';
import { promotions, versionMatrix } from '../../core/board/environments';
import { RunButtons } from '../../core/board/pages/actions';
import { EnvironmentsContent } from '../../core/board/pages/environments';
import { ImpactContent } from '../../core/board/pages/insight';
import { RunContent } from '../../core/board/pages/run';
import { RunsContent } from '../../core/board/pages/runs';
import { ServiceContent, ServicesContent } from '../../core/board/pages/services';
import { mostBuilt, readFilter, runPage } from '../../core/board/run-list';
import { type RunView, runView } from '../../core/board/run-view';
import { buildHabit, serviceShape } from '../../core/board/service-view';
import { byName } from '../../core/board/words';
import type { ComparedPlan } from '../../core/compare/compare';
import type { Graph } from '../../core/graph/graph-model';
import { commitLink } from '../../core/settings/git-pages';
import { present } from '../../core/text/present';
import type { Board, Show, Shown } from './board';
import type { Answer } from './child-command';
import { costPage } from './cost-page';
import { type GitSnapshot, versionsBefore } from './git-view';

/** Rows of a table of services. */
const MAX_ROWS = 400;

/** What a page shows of the moment in which it is asked for. */
interface Fresh {
  readonly snapshot: GitSnapshot;
  readonly problems: readonly string[];
  readonly now: number;
}

/** Adds the pages. */
export function addPages(app: Hono, board: Board, show: Show): void {
  const { index, git } = board;
  const fresh = async (): Promise<Fresh> => {
    const [snapshot] = await Promise.all([git.look(), index.refresh()]);
    const listing = index.problem();
    const problems = [
      ...board.source.problems,
      ...snapshot.problems,
      ...(listing === undefined ? [] : [`The runs cannot be listed: ${listing}`]),
    ];
    return { snapshot, problems, now: board.now() };
  };
  const page = (
    path: string,
    make: (board: Board, fresh: Fresh, req: HonoRequest) => Shown | undefined | Promise<Shown | undefined>,
  ) =>
    app.get(path, async (context) => {
      const shown = await make(board, await fresh(), context.req);
      return shown === undefined ? context.notFound() : context.html(show(shown));
    });

  page('/', environmentsPage);
  page('/runs', runsPage);
  page('/runs/:run', oneRunPage);
  page('/services', servicesPage);
  page('/services/:service', servicePage);
  page('/impact', impactPage);
  page('/cost', (_, { snapshot, problems }) => costPage(board, snapshot, problems, (words) => ask(board, words)));
  app.get('/impact/graph', async (context) => {
    const command = graphCommand(board, context.req.query('ref'), context.req.query('base'));
    const answer = command && board.answers.ask(command);
    if (answer?.state !== 'ready') return context.notFound();
    // The page's own policy is stricter. The browser applies both.
    context.header('content-security-policy', "sandbox allow-scripts; frame-ancestors 'self'");
    return context.html(answer.output);
  });
}

function runsPage({ index }: Board, { snapshot, problems, now }: Fresh, req: HonoRequest): Shown {
  const filter = readFilter((name) => req.query(name));
  const personOf = (commit: string) => snapshot.people.get(commit)?.author;
  const view = {
    page: runPage(index.list(), filter, personOf),
    filter,
    personOf,
    unread: index.unread(),
    problems,
    now,
  };
  return { title: 'Runs', section: '/runs', isLive: true, children: <RunsContent view={view} /> };
}

async function oneRunPage(board: Board, { snapshot, now }: Fresh, req: HonoRequest): Promise<Shown | undefined> {
  const run = req.param('run') ?? '';
  const view = await readRunView(board, snapshot, run);
  if (view === undefined) return undefined;
  const actions = possibleActions(view.header.state, view.arn !== undefined);
  const buttons = <RunButtons run={run} actions={actions} isUndoable={view.commit !== undefined} />;
  const content = <RunContent view={view} now={now} isBoard={true} actions={buttons} />;
  return { title: view.header.title, section: '/runs', isLive: true, children: content };
}

function environmentsPage(board: Board, { snapshot, problems, now }: Fresh, req: HonoRequest): Shown {
  const service = (req.query('service') ?? '').trim().slice(0, 128);
  const drift = req.query('drift') === 'yes';
  const { states, changes } = snapshot;
  const rows = versionMatrix(states, (state, name) => changes.get(state)?.get(name)?.[0]?.at).filter(
    (row) => row.service.includes(service) && (!drift || row.cells.some((cell) => cell?.isDrift === true)),
  );
  const next = new Map(
    [...snapshot.next].map(([state, release]) => {
      if (release.commits.length === 0 || state.head === undefined) return [state, release];
      const answer = ask(board, ['plan', '--ref', state.head, '--base', release.since, '--json']);
      return [state, { ...release, ...buildsIn(answer) }];
    }),
  );
  const view = {
    open: board.index.list().filter(({ state }) => state === 'running' || state === 'waiting'),
    states,
    next,
    promotions: promotions(states),
    rows: rows.slice(0, MAX_ROWS),
    matching: rows.length,
    filter: { service, drift },
    problems,
    now,
  };
  return { title: 'Environments', section: '/', isLive: true, children: <EnvironmentsContent view={view} /> };
}

function buildsIn(answer: Answer): { readonly builds?: readonly string[]; readonly problem?: string } {
  if (answer.state === 'working') return {};
  if (answer.state === 'failed') return { problem: `The next release cannot be planned: ${answer.text}` };
  const { services } = JSON.parse(answer.output) as ComparedPlan;
  return { builds: services.filter(({ action }) => action === 'build').map(({ name }) => name) };
}

/** Asks one of the planner's commands about the repository. Their answers depend on commits only. */
function ask(board: Board, words: readonly string[]): Answer {
  const { repository } = board.source;
  if (repository === undefined) return { state: 'failed', text: 'no repository is named' };
  const [name = '', ...rest] = words;
  return board.answers.ask(['pipeline', name, '--repo', repository, ...rest]);
}

/** Reads a run with everything that its page shows. Returns undefined if there is no such run. */
export async function readRunView(
  board: Board,
  snapshot: GitSnapshot,
  run: string,
): Promise<(RunView & { readonly arn: string | undefined }) | undefined> {
  const { source, now } = board;
  const records = await source.runs.readAll(run);
  if (records === undefined) return undefined;
  const { at } = await source.runs.stamp(run);
  const logs = await Promise.all(
    (records.report?.failed ?? []).slice(0, 8).map(async (job) => [job.service, await source.readLog(job)] as const),
  );
  const commit = records.report?.source ?? records.plan?.commit;
  const person = snapshot.people.get(commit ?? '')?.author;
  const view = runView(records, {
    now: now(),
    changedAt: at,
    versionsBefore: versionsBefore(snapshot, run),
    logs: new Map(logs.flatMap(([job, text]) => (text === undefined ? [] : [[job, text]]))),
    ...present({ person }),
    links: source.linksOf(records),
  });
  return { ...view, arn: records.execution?.arn };
}

function servicesPage(board: Board, { snapshot, problems }: Fresh, req: HonoRequest): Shown {
  const filter = (req.query('name') ?? '').trim().slice(0, 128);
  const runs = board.index.list();
  const counts = new Map(mostBuilt(runs, Number.POSITIVE_INFINITY));
  const released = snapshot.states.flatMap(({ lock }) => [...lock.keys()]);
  const matching = [...new Set([...released, ...counts.keys()])].filter((name) => name.includes(filter)).sort(byName);
  const names = matching.slice(0, MAX_ROWS).map((name) => ({ name, builds: counts.get(name) ?? 0 }));
  const view = { names, matching: matching.length, filter, problems };
  return { title: 'Services', section: '/services', isLive: true, children: <ServicesContent view={view} /> };
}

function servicePage(board: Board, { snapshot, problems, now }: Fresh, req: HonoRequest): Shown | undefined {
  const { source, index } = board;
  const name = req.param('service') ?? '';
  const places = snapshot.states.map((state) => ({
    state,
    entry: state.lock.get(name),
    changes: snapshot.changes.get(state)?.get(name) ?? [],
  }));
  const habit = buildHabit(index.list(), name);
  const isKnown = habit.runs > 0 || places.some(({ entry, changes }) => entry !== undefined || changes.length > 0);
  if (!isKnown && index.unread() === 0) return undefined;
  const head = snapshot.states.find((state) => state.head !== undefined)?.head;
  const answer =
    head === undefined ? undefined : ask(board, ['graph', '--ref', head, '--format', 'json', '--keep-going']);
  const shape = answer?.state === 'ready' ? serviceShape(JSON.parse(answer.output) as Graph, name) : undefined;
  const view = {
    name,
    places,
    habit,
    problems,
    now,
    commitLink: (commit: string) => commitLink(source.settings?.git, commit),
    ...present({ shape, shapeText: shapeText(answer, shape !== undefined) }),
  };
  return { title: name, section: '/services', isLive: true, children: <ServiceContent view={view} /> };
}

function shapeText(answer: Answer | undefined, isFound: boolean): string | undefined {
  if (answer === undefined || isFound) return undefined;
  if (answer.state === 'working') return 'What the service reads is being worked out.';
  if (answer.state === 'failed') return `What the service reads is not known: ${answer.text}`;
  return 'The catalog at the head of the branch does not have the service.';
}

/** Branches, tags and commits as git allows them. Nothing that begins with `-` reaches git. */
const REF = /^[A-Za-z0-9_][\w./@~^-]{0,255}$/;

function graphCommand({ source: { repository } }: Board, ref = '', base = ''): CommandWords | undefined {
  if (repository === undefined || !REF.test(ref) || (base !== '' && !REF.test(base))) return undefined;
  const compared = base === '' ? [] : ['--base', base];
  const words = ['--ref', ref, ...compared, '--format', 'html', '--keep-going'];
  return ['pipeline', 'graph', '--repo', repository, ...words];
}

function impactPage(board: Board, { snapshot, problems }: Fresh, req: HonoRequest): Shown {
  const first = snapshot.states[0];
  const ref = (req.query('ref') ?? first?.branch ?? '').trim();
  const base = (req.query('base') ?? '').trim();
  // The commits behind the names, so that an answer is never that of an earlier head.
  const [refCommit, baseCommit] = [ref, base].map((name) => snapshot.heads.get(name) ?? name);
  const command = graphCommand(board, refCommit, baseCommit);
  const answer = command && board.answers.ask(command);
  const query = new URLSearchParams({ ref: refCommit ?? '', base: baseCommit ?? '' });
  const text =
    command === undefined
      ? 'Name a branch, tag or commit. A clone is needed, too: --repo DIR.'
      : answer?.state === 'working'
        ? 'The graph is being made.'
        : answer?.state === 'failed'
          ? `The graph cannot be made: ${answer.text}`
          : undefined;
  const view = {
    ref,
    base,
    branches: [...snapshot.heads.keys()].slice(0, 200),
    command: commandText(command ?? ['pipeline', 'graph', '--ref', 'REF']),
    problems,
    ...present({ graph: answer?.state === 'ready' ? `/impact/graph?${query}` : undefined, text }),
  };
  // A graph that somebody works with is not replaced.
  const isLive = answer?.state === 'working';
  return { title: 'Impact', section: '/impact', isLive, children: <ImpactContent view={view} /> };
}
