/** The contract of every writer of the pull request comment, over real HTTP. */
import type { CommentWriter } from '../../core/ports/git';
import { createRepository, type TestRepository } from '../support/git/git-repository';

/** A git host. */
export interface CommentWorld {
  readonly writer: CommentWriter;
  /** The head commit of each open pull request, by number. */
  readonly heads: Map<number, string>;
  /** Adds a comment of somebody else to a pull request. */
  addComment(pull: number, text: string): void;
  /** Returns the texts of all comments, in order. */
  texts(): readonly string[];
  /** Loses the reply to the next new comment. */
  loseReply(): void;
  stop(): Promise<void>;
}

export const MARKER = '<!-- plan -->';
export const COMMIT = 'c'.repeat(40);

/** Returns a text with its marker as the contract has it, of a host that would show HTML comments. */
export function withHtmlMarker(text: string): string {
  return text.replace(/^\[\/\/\]: # \((.*)\)\n\n/, '<!-- $1 -->\n');
}

/** Defines the suite. `open` gets a new repository for each test. */
export function describeCommentWriter(host: string, open: (repository: TestRepository) => Promise<CommentWorld>): void {
  describe(`the comment on ${host}`, () => {
    let repository: TestRepository;
    let world: CommentWorld;
    beforeEach(async () => {
      repository = createRepository();
      world = await open(repository);
      world.heads.set(7, COMMIT).set(8, COMMIT);
    });
    afterEach(async () => {
      await world.stop();
      repository.remove();
    });

    const addComments = (times: number, pull = 7) => {
      for (let index = 0; index < times; index += 1) world.addComment(pull, `I wonder ${MARKER}`);
    };
    const put = (body: string) =>
      world.writer.putComment({ pull: 7, commit: COMMIT, marker: MARKER, body: `${MARKER}\n${body}` });
    const ours = () => world.texts().filter((text) => text.startsWith(MARKER));

    test('is created once and edited afterwards, among comments of other people', async () => {
      addComments(3);
      addComments(2, 8);
      expect(await put('one')).toBe('written');
      addComments(2);
      expect(await put('two')).toBe('written');

      expect(ours()).toEqual([`${MARKER}\ntwo`]);
      expect(world.texts()).toHaveLength(8);
    });

    test('is found on the third page of comments', async () => {
      addComments(250);
      await put('one');
      addComments(60);
      await put('two');

      expect(ours()).toEqual([`${MARKER}\ntwo`]);
    });

    test('is not written for a commit that is no longer the head', async () => {
      world.heads.set(7, 'd'.repeat(40));

      expect(await put('old')).toBe('outdated');
      expect(world.texts()).toEqual([]);
    });

    test('is not created twice if the reply was lost, which is an error', async () => {
      world.loseReply();

      await expect(put('one')).rejects.toMatchObject({ name: 'GitHostError' });
      expect(world.texts()).toHaveLength(1);
    });
  });
}
