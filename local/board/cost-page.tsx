/** The page of minutes, cost, and of what causes builds. */
import { type BoardPlace, commandText } from '../../core/board/actions';
import { CostContent } from '../../core/board/pages/insight';
import { mostBuilt, weeklyCosts } from '../../core/board/run-list';
import type { BacktestReport } from '../../core/compare/backtest';
import { present } from '../../core/text/present';
import type { Board, Shown } from './board';
import type { Answer } from './child-command';
import type { GitSnapshot } from './git-view';

const WEEKS = 26;
const MAX_BUILT = 25;

/** Returns the page. `ask` returns the answer of a command of the command line, or that it is being made. */
export function costPage(
  board: Board,
  snapshot: GitSnapshot,
  problems: readonly string[],
  ask: (words: readonly string[]) => Answer,
): Shown {
  const runs = board.index.list();
  const { since = 'REF', head = 'HEAD' } = snapshot.replay ?? {};
  const words = ['backtest', '--ref', head, '--since', since, '--json'];
  const recorded = [...words, ...recordedWords(board.source.place)];
  const known = snapshot.replay === undefined ? undefined : ask(recorded);
  // A person may lack the right to read builds, and a home may have none. The pushes are replayed all the same.
  const isAlone = known?.state === 'failed';
  const [replay, replayText] = replayOf(isAlone ? ask(words) : known);
  const view = {
    weeks: weeklyCosts(runs, WEEKS),
    mostBuilt: mostBuilt(runs, MAX_BUILT),
    command: commandText(['pipeline', ...(isAlone ? words : recorded).filter((word) => word !== '--json')]),
    unread: board.index.unread(),
    problems,
    ...present({ replay, replayText }),
  };
  return { title: 'Cost and hubs', section: '/cost', isLive: true, children: <CostContent view={view} /> };
}

function recordedWords(place: BoardPlace): readonly string[] {
  if (place.kind === 'home') return ['--recorded', place.home];
  return ['--recorded', place.stack, ...(place.region === undefined ? [] : ['--region', place.region])];
}

function replayOf(answer: Answer | undefined): readonly [BacktestReport | undefined, string | undefined] {
  if (answer === undefined)
    return [undefined, 'There are no pushes to replay. With --stack, name a clone with --repo DIR.'];
  if (answer.state === 'working') return [undefined, 'The last pushes are being replayed.'];
  if (answer.state === 'failed') return [undefined, `The pushes cannot be replayed: ${answer.text}`];
  return [JSON.parse(answer.output) as BacktestReport, undefined];
}
