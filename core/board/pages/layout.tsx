/** The frame of every page: the head, the navigation, the policy of what a page may load. */
import { createHash } from 'node:crypto';
import type { Child } from 'hono/jsx';
import { printable } from '../../text/escape';
import { SCRIPT } from './script';
import { STYLE } from './style';

const SECTIONS = [
  { path: '/', title: 'Environments' },
  { path: '/runs', title: 'Runs' },
  { path: '/services', title: 'Services' },
  { path: '/impact', title: 'Impact' },
  { path: '/cost', title: 'Cost' },
] as const;

/** What the frame shows around a page. */
export interface Frame {
  readonly title: string;
  /** The stack or home. */
  readonly place: string;
  readonly section?: (typeof SECTIONS)[number]['path'];
  /** True if the page renews itself when something changes. */
  readonly isLive?: boolean;
  readonly children: Child;
}

/** Names the style sheet of every page for a Content-Security-Policy. */
export const STYLE_SOURCE = sourceOf(STYLE);

/** Names the script of the board's pages likewise. */
export const SCRIPT_SOURCE = sourceOf(SCRIPT);

/** Returns a page of the board. */
export function BoardPage({ title, place, section, isLive = false, children }: Frame) {
  return (
    <html lang="en">
      <Head title={`${title} - ${place}`} />
      <body data-live={isLive ? 'yes' : undefined}>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="top">
          <a class="name" href="/">
            Image pipeline
          </a>
          <nav aria-label="sections">
            {SECTIONS.map((each) => (
              <a href={each.path} aria-current={each.path === section ? 'page' : undefined}>
                {each.title}
              </a>
            ))}
          </nav>
          <span class="where">{printable(place)}</span>
          <a class="button primary" href="/start">
            Start a run
          </a>
        </header>
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <script dangerouslySetInnerHTML={{ __html: SCRIPT }} />
      </body>
    </html>
  );
}

/** Returns a page that needs no other file: its style is inside, it has no script, and its policy lets it load nothing. */
export function SinglePage({ title, children }: Pick<Frame, 'title' | 'children'>) {
  const policy = `default-src 'none'; style-src ${STYLE_SOURCE}; base-uri 'none'; form-action 'none'`;
  return (
    <html lang="en">
      <Head title={title}>
        <meta http-equiv="Content-Security-Policy" content={policy} />
      </Head>
      <body>
        <main id="main">{children}</main>
      </body>
    </html>
  );
}

/** Returns a page that says what went wrong. */
export function messagePage(title: string, text: string): Pick<Frame, 'title' | 'children'> {
  const children = (
    <>
      <h1>{printable(title)}</h1>
      <p>{printable(text)}</p>
      <p>
        <a href="/">Environments</a>, <a href="/runs">Runs</a>
      </p>
    </>
  );
  return { title, children };
}

function Head({ title, children }: Pick<Frame, 'title'> & { readonly children?: Child }) {
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      {/* Without a referrer, browsers send no origin with a form, and the board would refuse it. */}
      <meta name="referrer" content="same-origin" />
      <title>{printable(title)}</title>
      <link rel="icon" href="data:," />
      {children}
      {/* Style and script are inside the page, because files of their own would delay the first paint by their requests. */}
      <style dangerouslySetInnerHTML={{ __html: STYLE }} />
    </head>
  );
}

/** Returns the text of a page. */
export function documentOf(page: { toString(): string | Promise<string> }): string {
  return `<!doctype html>${page}`;
}

function sourceOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
