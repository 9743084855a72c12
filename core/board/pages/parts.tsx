/** Parts that several pages use: states as words with shapes, times, ids, tables and notes. */
import type { Child } from 'hono/jsx';
import { printable } from '../../text/escape';
import type { RunHeader, RunState } from '../run-header';
import type { ServiceRow } from '../run-view';
import { ageText, dateText, isoText, shortId } from '../words';

/** The look of a state or an end: a colour, a shape and a word, so that none of them is needed alone. */
interface Look {
  readonly tone: '' | 'good' | 'bad' | 'warn' | 'live';
  readonly shape: string;
}

const STATES: Readonly<Record<RunState, Look>> = {
  running: { tone: 'live', shape: '●' },
  waiting: { tone: 'warn', shape: '‖' },
  succeeded: { tone: 'good', shape: '✓' },
  planned: { tone: '', shape: '◇' },
  failed: { tone: 'bad', shape: '✕' },
  unknown: { tone: 'warn', shape: '?' },
};

/** Returns the state of a run. */
export function StateChip({ header }: { readonly header: Pick<RunHeader, 'state' | 'end'> }) {
  const { tone, shape } = STATES[header.state];
  return <Chip tone={tone} shape={shape} text={header.end} />;
}

const ENDS: Readonly<Record<ServiceRow['end'], Look & { readonly word: string }>> = {
  built: { tone: 'good', shape: '✓', word: 'built' },
  retagged: { tone: '', shape: '↻', word: 'retagged' },
  kept: { tone: '', shape: '–', word: 'kept' },
  failed: { tone: 'bad', shape: '✕', word: 'failed' },
  notDone: { tone: 'warn', shape: '○', word: 'not done' },
  building: { tone: 'live', shape: '●', word: 'building' },
  waiting: { tone: '', shape: '◷', word: 'waiting' },
  toBuild: { tone: 'live', shape: '◇', word: 'to build' },
  toRetag: { tone: '', shape: '◇', word: 'to retag' },
};

/** Returns the end of a service in a run. */
export function EndChip({ end }: { readonly end: keyof typeof ENDS }) {
  const { tone, shape, word } = ENDS[end];
  return <Chip tone={tone} shape={shape} text={word} />;
}

/** Returns a word with a shape. */
export function Chip({ tone, shape, text }: Look & { readonly text: string }) {
  return (
    <span class={tone === '' ? 'chip' : `chip ${tone}`}>
      <i aria-hidden="true">{shape}</i>
      {printable(text)}
    </span>
  );
}

/** Returns a time with its age. `now` and `time` are in ms since 1970. */
export function Time({ time, now }: { readonly time: number | undefined; readonly now: number }) {
  if (time === undefined) return <span class="dim">unknown</span>;
  return (
    <time datetime={isoText(time)} title={dateText(time)}>
      {ageText(now - time) === 'now' ? 'now' : `${ageText(now - time)} ago`}
    </time>
  );
}

/** Returns a commit or digest, cut, with the whole as title. */
export function Id({ id }: { readonly id: string }) {
  return (
    <span class="id" title={printable(id)}>
      {printable(shortId(id))}
    </span>
  );
}

/** Returns a link to a page outside of the board. Anything but `https:` and `file:` stays text. */
export function OutLink({ url, children }: { readonly url: string | undefined; readonly children: Child }) {
  if (url === undefined || !/^(https|file):\/\//.test(url)) return <>{children}</>;
  return (
    <a href={url} rel="noreferrer noopener">
      {children}
    </a>
  );
}

/** Returns a commit that leads to its page, if it has one. */
export function CommitLink({ id, url }: { readonly id: string; readonly url: string | undefined }) {
  return (
    <OutLink url={url}>
      <Id id={id} />
    </OutLink>
  );
}

/** Returns a second line of a table cell. */
export function SecondLine({ children }: { readonly children: Child }) {
  return (
    <>
      <br />
      {children}
    </>
  );
}

/** Returns sentences in a frame. Nothing if there is none. */
export function Notes({ tone, texts }: { readonly tone: Look['tone']; readonly texts: readonly string[] }) {
  if (texts.length === 0) return null;
  return (
    <div class={`note ${tone}`} role="note">
      {texts.map((text) => (
        <p>{printable(text)}</p>
      ))}
    </div>
  );
}

/** A label with its value. Without a value it is not shown. */
export interface Fact {
  readonly label: string;
  readonly value: Child;
}

/** Returns facts side by side. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  const known = facts.filter(({ value }) => value !== undefined);
  return (
    <dl class="facts">
      {known.map(({ label, value }) => (
        <div>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The head of a column. Numbers are on the right. */
type TableHead = string | { readonly number: string };

/** Returns the heads of columns with numbers. */
export function numbers(...heads: readonly string[]): readonly TableHead[] {
  return heads.map((number) => ({ number }));
}

/** Returns a table that scrolls within its frame when it is wider than the page. `label` names it for those who do not see it. */
export function Table(props: {
  readonly label: string;
  readonly heads: readonly TableHead[];
  readonly children: Child;
  readonly kind?: string;
}) {
  return (
    <section class="scroll" tabindex={0} aria-label={props.label}>
      <table class={props.kind}>
        <thead>
          <tr>
            {props.heads.map((head) =>
              typeof head === 'string' ? (
                <th scope="col">{head}</th>
              ) : (
                <th scope="col" class="num">
                  {head.number}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </section>
  );
}

/** Returns links to the pages of a list. `href` makes the address of a page. */
export function Pager(props: {
  readonly page: number;
  readonly pages: number;
  readonly href: (page: number) => string;
}) {
  const { page, pages, href } = props;
  if (pages <= 1) return null;
  return (
    <nav class="pages" aria-label="pages">
      {page > 1 ? <a href={href(page - 1)}>newer</a> : <span class="dim">newer</span>}
      <span>
        page {page} of {pages}
      </span>
      {page < pages ? <a href={href(page + 1)}>older</a> : <span class="dim">older</span>}
    </nav>
  );
}

/** Returns a field of a filter for a text. */
export function SearchField(props: { readonly name: string; readonly label: string; readonly value: string }) {
  const { name, label, value } = props;
  return (
    <div>
      <label for={name}>{label}</label>
      <input id={name} name={name} value={value} type="search" maxlength={128} />
    </div>
  );
}

/** Returns how many services a list leaves out. Nothing if it has all. */
export function MoreServices({ shown, matching }: { readonly shown: number; readonly matching: number }) {
  if (matching <= shown) return null;
  return (
    <p class="dim">
      {shown} of {matching} services are shown. Filter by name for the others.
    </p>
  );
}
