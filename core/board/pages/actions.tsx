/** The pages of actions: a form, a confirmation with what will change and the command, and the command at work. */
import type { Child } from 'hono/jsx';
import { ACTIONS, type Action, STRATEGIES } from '../../contract/run-input';
import { printable, printableLines } from '../../text/escape';
import { CONSEQUENCES, FIELDS_OF, type RunAction, type StartField } from '../actions';
import type { RunHeader } from '../run-header';
import { Chip, Notes, StateChip } from './parts';

const MEANINGS: Readonly<Record<Action, string>> = {
  release: 'Assign a version to every service. What changed is built, the rest is retagged.',
  push: 'Build what changed on a branch, with development versions.',
  build: 'Assign a version to some services, such as a hotfix.',
  promote: 'Give tested images their next version, without a build.',
  rollback: 'Restore an earlier release in the values file, in a new commit.',
};

/** Returns the choice of what to start. */
export function StartChoice({ note }: { readonly note: string | undefined }) {
  return (
    <>
      <h1>Start a run</h1>
      <Notes tone="warn" texts={note === undefined ? [] : [note]} />
      <dl class="facts">
        {ACTIONS.map((action) => (
          <div>
            <dt>{MEANINGS[action]}</dt>
            <dd>
              <a class="button" href={`/start/${action}`}>
                {action}
              </a>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

const LABELS: Readonly<Record<StartField, string>> = {
  ref: 'Branch',
  commit: 'Commit (40 hex digits)',
  version: 'Version',
  from: 'From version',
  services: 'Services (names with spaces between)',
  environment: 'Environment',
  strategy: 'Strategy',
  run: 'Run (instead of a version)',
  reason: 'Reason, for the commit',
};

const REQUIRED: Readonly<Record<Action, readonly StartField[]>> = {
  release: ['ref', 'version'],
  push: ['ref', 'commit'],
  build: ['ref', 'version', 'services'],
  promote: [],
  rollback: [],
};

export interface StartFormView {
  readonly action: Action;
  readonly values: Readonly<Partial<Record<StartField, string>>>;
  readonly environments: readonly string[];
  readonly branches: readonly string[];
  readonly problems: readonly string[];
  /** Undefined if actions are not possible in this browser. */
  readonly token: string | undefined;
}

/** Returns the form of one kind of run. It leads to a confirmation. */
export function StartForm({ view }: { readonly view: StartFormView }) {
  const { action, problems, token } = view;
  return (
    <>
      <h1>Start: {action}</h1>
      <p>{MEANINGS[action]}</p>
      <Notes tone="bad" texts={problems} />
      <ActionForm action={`/start/${action}`} token={token}>
        {FIELDS_OF[action].map((name) => (
          <Field name={name} view={view} />
        ))}
        <p class="actions">
          <button type="submit" class="primary" name="preview" value="yes">
            Preview the plan
          </button>
          <button type="submit">Continue without a preview</button>
        </p>
        <p class="dim">
          Nothing is started yet. The preview is a dry run: it plans and reports, and writes nothing else.
        </p>
      </ActionForm>
    </>
  );
}

function Field({ name, view }: { readonly name: StartField; readonly view: StartFormView }) {
  const { action, values, environments, branches } = view;
  const isRequired = REQUIRED[action].includes(name);
  const value = values[name] ?? '';
  const choices = name === 'strategy' ? STRATEGIES : name === 'environment' ? environments : undefined;
  return (
    <div>
      <label for={name}>
        {LABELS[name]}
        {isRequired ? '' : ' (optional)'}
      </label>
      {choices === undefined ? (
        <input
          id={name}
          name={name}
          value={value}
          required={isRequired}
          maxlength={4000}
          list={name === 'ref' ? 'branches' : undefined}
        />
      ) : (
        <select id={name} name={name}>
          <option value="">default</option>
          {choices.map((each) => (
            <option value={each} selected={each === value}>
              {printable(each)}
            </option>
          ))}
        </select>
      )}
      {name === 'ref' ? (
        <datalist id="branches">
          {branches.map((branch) => (
            <option value={branch} />
          ))}
        </datalist>
      ) : null}
    </div>
  );
}

/** A form whose answer changes something. Without a token, the browser may not act. */
function ActionForm(props: { readonly action: string; readonly token: string | undefined; readonly children: Child }) {
  const { action, token, children } = props;
  if (token === undefined) return <Notes tone="warn" texts={[NOT_ENTERED]} />;
  return (
    <form class="fields" method="post" action={action}>
      <input type="hidden" name="token" value={token} />
      {children}
    </form>
  );
}

const NOT_ENTERED =
  'This browser may read, but not act. Open the address that the command printed when it started; it contains the key of this start.';

export interface ConfirmView {
  readonly title: string;
  readonly what: readonly string[];
  readonly command: string;
  /** Where the answer goes, with the fields that it needs. */
  readonly post: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly button: string;
  readonly isDangerous: boolean;
  readonly token: string | undefined;
  readonly back: string;
  readonly header?: RunHeader;
  readonly hasReason?: boolean;
}

/** Returns the confirmation of an action. `children` show what will change. */
export function Confirm({ view, children }: { readonly view: ConfirmView; readonly children?: Child }) {
  const { title, what, command, post, fields, button, isDangerous, token, back, header, hasReason = false } = view;
  return (
    <>
      <h1>{printable(title)}</h1>
      {header === undefined ? null : (
        <p>
          <StateChip header={header} /> {printable(header.result)}
        </p>
      )}
      {what.map((text) => (
        <p>{printable(text)}</p>
      ))}
      {children}
      <h2>Command</h2>
      <pre class="command">{printable(command)}</pre>
      <ActionForm action={post} token={token}>
        {fields.map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        {hasReason ? (
          <div>
            <label for="reason">Reason (optional, for the report)</label>
            <input id="reason" name="reason" maxlength={500} />
          </div>
        ) : null}
        <p class="actions">
          <button type="submit" class={isDangerous ? 'danger' : 'primary'}>
            {button}
          </button>
          <a class="button" href={back}>
            Cancel
          </a>
        </p>
      </ActionForm>
    </>
  );
}

/** A command that the board started. */
export interface CommandView {
  readonly title: string;
  readonly command: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly output: string;
  /** The run that it is about, once it is known. */
  readonly run?: string;
}

/** Returns a command at work or at its end. */
export function CommandContent({ view: { title, command, state, output, run } }: { readonly view: CommandView }) {
  const looks = {
    running: <Chip tone="live" shape="●" text="running" />,
    done: <Chip tone="good" shape="✓" text="done" />,
    failed: <Chip tone="bad" shape="✕" text="failed" />,
  };
  return (
    <>
      <h1>{printable(title)}</h1>
      <p>{looks[state]}</p>
      <pre class="command">{printable(command)}</pre>
      {output === '' ? null : <pre>{printableLines(output)}</pre>}
      {run === undefined ? null : (
        <p>
          <a class="button" href={`/runs/${encodeURIComponent(run)}`}>
            Go to the run
          </a>
        </p>
      )}
    </>
  );
}

const BUTTONS: Readonly<Record<RunAction, string>> = {
  approve: 'Approve',
  reject: 'Reject',
  stop: 'Stop',
  redrive: 'Redrive',
};

/** Returns the buttons of the actions that are possible. */
export function RunButtons(props: {
  readonly run: string;
  readonly actions: readonly RunAction[];
  /** True if the run made a commit, which a rollback can undo. */
  readonly isUndoable: boolean;
}) {
  const { run, actions, isUndoable } = props;
  return (
    <div class="actions">
      {isUndoable ? (
        <a class="button" href={`/start/rollback?run=${encodeURIComponent(run)}`}>
          Undo
        </a>
      ) : null}
      {actions.map((action) => (
        <a
          class={`button ${action === 'approve' || action === 'redrive' ? 'primary' : 'danger'}`}
          href={`/runs/${encodeURIComponent(run)}/${action}`}
        >
          {BUTTONS[action]}
        </a>
      ))}
    </div>
  );
}

/** Returns the confirmation of an action on a run. */
export function confirmRunAction(
  action: RunAction,
  run: string,
  parts: Pick<ConfirmView, 'command' | 'token' | 'header'>,
): ConfirmView {
  return {
    ...parts,
    title: `${BUTTONS[action]} ${run}?`,
    what: [CONSEQUENCES[action]],
    post: `/runs/${encodeURIComponent(run)}/${action}`,
    fields: [],
    button: BUTTONS[action],
    isDangerous: action === 'reject' || action === 'stop',
    back: `/runs/${encodeURIComponent(run)}`,
    hasReason: action === 'reject',
  };
}
