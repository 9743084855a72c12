/** The board's web application: guards, pages, live changes, and pages for what goes wrong. */
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { BoardPage, documentOf, messagePage, SCRIPT_SOURCE, STYLE_SOURCE } from '../../core/board/pages/layout';
import { messageOf } from '../../core/contract/errors';
import { refuseForeignRequest } from '../runtime/loopback';
import { addActions } from './action-routes';
import { type Board, lookForChanges, type Shown } from './board';
import { addPages } from './page-routes';

/** The Content-Security-Policy: a page loads only its own style, script and frames. */
const POLICY = [
  "default-src 'none'",
  `style-src ${STYLE_SOURCE}`,
  `script-src ${SCRIPT_SOURCE}`,
  "connect-src 'self'",
  'img-src data:',
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The largest form, in bytes. */
const LARGEST_FORM = 64 * 1024;

/** The pause between two looks of a live page, in ms. */
const LOOK_EVERY = 400;

/** Browsers open one connection for each tab. */
const MAX_LIVE = 50;

/** Makes the application. Every page says what is missing; none shows an error's stack. */
export function createBoardApp(board: Board): Hono {
  const app = new Hono();
  const show = (shown: Shown) => documentOf(<BoardPage {...shown} place={board.source.title} />);

  app.use(async (context, next) => {
    const { req } = context;
    const refusal = refuseForeignRequest({ headers: { host: req.header('host'), origin: req.header('origin') } });
    if (refusal !== undefined) return context.text(refusal, 403);
    if (Number(req.header('content-length') ?? 0) > LARGEST_FORM) return context.text('the form is too large', 413);
    await next();
    context.header('content-security-policy', context.res.headers.get('content-security-policy') ?? POLICY);
    context.header('x-content-type-options', 'nosniff');
    context.header('referrer-policy', 'same-origin');
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store');
    return undefined;
  });

  app.get('/enter', (context) => {
    const cookie = board.key.cookieFor(context.req.query('key'));
    if (cookie === undefined) {
      const text = 'The key is not that of this start. Open the address that the command printed.';
      return context.html(show(messagePage('Not let in', text)), 403);
    }
    context.header('set-cookie', cookie);
    return context.redirect('/', 303);
  });
  addLive(app, board);
  addPages(app, board, show);
  addActions(app, board, show);

  app.notFound((context) => {
    const text = 'The board has no such page. The run or service may have another name, or its records are gone.';
    return context.html(show(messagePage('Not found', text)), 404);
  });
  app.onError((error, context) => {
    board.onFault(messageOf(error));
    const text = 'This page could not be made. The terminal of the board has the reason; the other pages still work.';
    return context.html(show(messagePage('Error', text)), 500);
  });
  return app;
}

/** Tells open pages that something changed, as server-sent events. They then fetch themselves again. */
function addLive(app: Hono, board: Board): void {
  let open = 0;
  app.get('/live', (context) => {
    if (open >= MAX_LIVE) return context.text('too many open pages', 503);
    return streamSSE(context, async (stream) => {
      open += 1;
      stream.onAbort(() => undefined);
      try {
        let known = await lookForChanges(board);
        await stream.writeSSE({ event: 'ready', data: '' });
        let quiet = 0;
        while (!stream.aborted && !stream.closed) {
          await stream.sleep(LOOK_EVERY);
          const found = await lookForChanges(board);
          if (found !== known) await stream.writeSSE({ event: 'change', data: '' });
          else if (quiet++ % 25 === 24) await stream.writeSSE({ event: 'quiet', data: '' });
          known = found;
        }
      } finally {
        open -= 1;
      }
    });
  });
}
