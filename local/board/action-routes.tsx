/** The pages that change something: each shows what will change and the command, and acts only after a confirmation. */
import type { Context, Hono } from 'hono';
import {
  type CommandWords,
  commandText,
  FIELDS_OF,
  possibleActions,
  RUN_ACTIONS,
  type RunAction,
  readStart,
  runCommand,
  startCommand,
} from '../../core/board/actions';
import {
  CommandContent,
  Confirm,
  confirmRunAction,
  StartChoice,
  StartForm,
  type StartFormView,
} from '../../core/board/pages/actions';
import { messagePage } from '../../core/board/pages/layout';
import { RunContent } from '../../core/board/pages/run';
import type { RunHeader } from '../../core/board/run-header';
import { InvalidInputError } from '../../core/contract/errors';
import { ACTIONS, type Action, type ExecutionInput } from '../../core/contract/run-input';
import type { Board, Show, Shown } from './board';
import { readRunView } from './page-routes';

type Form = Readonly<Record<string, unknown>>;

/** Adds the pages. */
export function addActions(app: Hono, board: Board, show: Show): void {
  app.use(async (context, next) => {
    if (context.req.method === 'GET' || context.req.method === 'HEAD') return next();
    const form = await context.req.parseBody();
    if (board.key.allows(context.req.header('cookie'), form.token)) return next();
    const text =
      'Nothing was changed: the form is not from this start of the board. Open the address that the command printed, and try again.';
    return context.html(show(messagePage('Refused', text)), 403);
  });
  addStart(app, board, show);
  addRunActions(app, board, show);
  app.get('/commands/:id', (context) => {
    const command = board.commands.find(context.req.param('id'));
    if (command === undefined) return context.notFound();
    return context.html(show({ title: command.title, isLive: true, children: <CommandContent view={command} /> }));
  });
}

function tokenOf(context: Context, board: Board): string | undefined {
  return board.key.tokenFor(context.req.header('cookie'));
}

function addStart(app: Hono, board: Board, show: Show): void {
  const note = localNote(board);
  app.get('/start', (context) => context.html(show({ title: 'Start a run', children: <StartChoice note={note} /> })));
  app.get('/start/:action', async (context) => {
    const action = actionIn(context);
    if (action === undefined) return context.notFound();
    const values = fieldsOf(action, context.req.query());
    return context.html(show(await formPage(context, board, action, values, [])));
  });
  app.post('/start/:action', async (context) => {
    const action = actionIn(context);
    if (action === undefined) return context.notFound();
    const form: Form = await context.req.parseBody();
    const values = fieldsOf(action, form);
    try {
      const input = readStart(action, (name) => values[name]);
      if (form.confirmed === 'yes') {
        const words = startCommand(input, board.source.place, false);
        return context.redirect(`/commands/${board.commands.start(`Start ${action}`, words)}`, 303);
      }
      return context.html(show(await confirmPage(context, board, input, values, form.preview === 'yes')));
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      const problems = error.problems.map(({ path, message }) => `${path}: ${message}`);
      return context.html(show(await formPage(context, board, action, values, problems)), 422);
    }
  });
}

function localNote({ source: { place } }: Board): string | undefined {
  if (place.kind !== 'home' || place.endpoint !== undefined) return undefined;
  return 'The home is not served. A run that is started here works on this machine until it ends, one at a time.';
}

function actionIn(context: Context): Action | undefined {
  return ACTIONS.find((action) => action === context.req.param('action'));
}

function fieldsOf(action: Action, form: Form): StartFormView['values'] {
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 4000) : '');
  return Object.fromEntries(FIELDS_OF[action].map((name) => [name, text(form[name])]));
}

async function formPage(
  context: Context,
  board: Board,
  action: Action,
  values: StartFormView['values'],
  problems: readonly string[],
): Promise<Shown> {
  const { heads } = await board.git.look();
  const view = {
    action,
    values: action === 'push' ? withHead(values, heads) : values,
    environments: board.source.settings?.environments.map(({ name }) => name) ?? [],
    branches: [...heads.keys()].slice(0, 200),
    problems,
    token: tokenOf(context, board),
  };
  return { title: `Start ${action}`, children: <StartForm view={view} /> };
}

/** Fills in the head of the branch, if no commit is given. */
function withHead(values: StartFormView['values'], heads: ReadonlyMap<string, string>): StartFormView['values'] {
  const head = heads.get((values.ref ?? '').replace(/^refs\/heads\//, ''));
  return head === undefined || values.commit ? values : { ...values, commit: head };
}

async function confirmPage(
  context: Context,
  board: Board,
  input: ExecutionInput,
  values: StartFormView['values'],
  hasPreview: boolean,
): Promise<Shown> {
  const { action } = input;
  const preview = hasPreview ? await previewOf(board, input) : undefined;
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''));
  const view = {
    title: `Start ${action}?`,
    what:
      preview === undefined
        ? ['The plan was not previewed. The run plans first, and builds only what is missing.']
        : [],
    command: commandText(startCommand(input, board.source.place, false)),
    post: `/start/${action}`,
    fields: [...Object.entries(values), ['confirmed', 'yes'] as const].map(
      ([name, value]) => [name, value ?? ''] as const,
    ),
    button: `Start ${action}`,
    isDangerous: false,
    token: tokenOf(context, board),
    back: `/start/${action}?${query}`,
  };
  return { title: view.title, children: <Confirm view={view}>{preview}</Confirm> };
}

/** Runs a dry run to its end, and shows its plan. */
async function previewOf(board: Board, input: ExecutionInput) {
  const id = board.commands.start(`Preview ${input.action}`, startCommand(input, board.source.place, true));
  await board.commands.ended(id);
  const command = board.commands.find(id);
  const view = command?.run === undefined ? undefined : await readRunView(board, await board.git.look(), command.run);
  return (
    <>
      <h2>What the run would do</h2>
      {view === undefined ? (
        <pre>{command?.output ?? 'The preview gave no answer.'}</pre>
      ) : (
        <RunContent view={view} now={board.now()} isBoard={true} />
      )}
    </>
  );
}

function addRunActions(app: Hono, board: Board, show: Show): void {
  for (const action of RUN_ACTIONS) {
    app.get(`/runs/:run/${action}`, async (context) => {
      const found = await commandFor(board, action, context.req.param('run'), '');
      if (found === undefined) return context.notFound();
      if ('refusal' in found) return context.html(show(refused(found.refusal)), 409);
      const text = commandText(found.words);
      const parts = { command: text, token: tokenOf(context, board), header: found.header };
      const view = confirmRunAction(action, context.req.param('run'), parts);
      return context.html(show({ title: view.title, section: '/runs', children: <Confirm view={view} /> }));
    });
    app.post(`/runs/:run/${action}`, async (context) => {
      const form: Form = await context.req.parseBody();
      const reason = typeof form.reason === 'string' ? form.reason.trim().slice(0, 500) : '';
      const found = await commandFor(board, action, context.req.param('run'), reason);
      if (found === undefined) return context.notFound();
      if ('refusal' in found) return context.html(show(refused(found.refusal)), 409);
      const { words, arn } = found;
      const isOwn = (action === 'stop' || action === 'redrive') && arn !== undefined;
      const work = isOwn ? () => board.source.act(action, arn).then(() => 'done\n') : undefined;
      return context.redirect(
        `/commands/${board.commands.start(`${action} ${context.req.param('run')}`, words, work)}`,
        303,
      );
    });
  }
}

function refused(text: string): Shown {
  return { ...messagePage('Not possible now', text), section: '/runs' };
}

type FoundCommand =
  | {
      readonly words: CommandWords;
      readonly arn: string | undefined;
      readonly header: RunHeader;
    }
  | { readonly refusal: string };

/** Returns the command for a run as it is now, or why it is not possible. Undefined if there is no such run. */
async function commandFor(
  board: Board,
  action: RunAction,
  run: string,
  reason: string,
): Promise<FoundCommand | undefined> {
  const view = await readRunView(board, await board.git.look(), run);
  if (view === undefined) return undefined;
  const { header, arn } = view;
  const words = runCommand(action, run, board.source.place, { arn, reason });
  if (words === undefined || !possibleActions(header.state, arn !== undefined).includes(action)) {
    return { refusal: `${action} is not possible: the run ${header.end}. Nothing was changed.` };
  }
  return { words, header, arn };
}
