/** The board of one source: what its pages share. */
import type { Frame } from '../../core/board/pages/layout';
import { type Answers, type OwnProgram, openAnswers, openCommands, type StartedCommands } from './child-command';
import { type GitView, openGitView } from './git-view';
import { type BoardKey, createBoardKey } from './guard';
import { createRunIndex, type RunIndex } from './run-index';
import type { BoardSource } from './source';

export interface Board {
  readonly source: BoardSource;
  readonly index: RunIndex;
  readonly git: GitView;
  readonly answers: Answers;
  readonly commands: StartedCommands;
  readonly key: BoardKey;
  readonly now: () => number;
  /** Called with the message of an internal error. The browser gets a page without it. */
  readonly onFault: (message: string) => void;
}

/** What a board needs. */
export interface BoardOptions {
  readonly source: BoardSource;
  readonly program: OwnProgram;
  readonly now: () => number;
  readonly onFault: (message: string) => void;
}

/** Opens the board. Nothing is read before the first page. */
export function openBoard({ source, program, now, onFault }: BoardOptions): Board {
  return {
    source,
    index: createRunIndex(source.runs, now),
    git: openGitView(source.repository, source.settings),
    answers: openAnswers(program),
    commands: openCommands(program),
    key: createBoardKey(),
    now,
    onFault,
  };
}

/** Looks for changes and returns a number that grows with each. */
export async function lookForChanges({ index, git, answers, commands }: Board): Promise<string> {
  await Promise.all([index.refresh(), git.look()]);
  return [index.version(), git.version(), answers.version(), commands.version()].join(' ');
}

/** A page with its place in the frame. */
export type Shown = Omit<Frame, 'place'>;
