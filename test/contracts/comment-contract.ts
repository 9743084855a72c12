/** The contract of every writer of the pull request comment, over real HTTP. */
import type { CommentWriter } from '../../core/ports/git';

/** A git host with pull request 7, whose head is `COMMIT`. */
export interface CommentWorld {
  readonly writer: CommentWriter;
  /** Adds comments of other people to a pull request. */
  addComments(times: number, pull?: number): void;
  /** Returns the texts of all comments, in order. */
  texts(): readonly string[];
  /** Moves the head of pull request 7. */
  moveHead(commit: string): void;
  /** Loses the reply to the next new comment. */
  loseReply(): void;
  stop(): Promise<void>;
}

export const MARKER = '<!-- plan -->';
export const COMMIT = 'c'.repeat(40);

export function describeCommentWriter(host: string, open: () => Promise<CommentWorld>): void {
  describe(`the comment on ${host}`, () => {
    let world: CommentWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.stop());

    const put = (body: string) =>
      world.writer.putComment({ pull: 7, commit: COMMIT, marker: MARKER, body: `${MARKER}\n${body}` });
    const ours = () => world.texts().filter((text) => text.startsWith(MARKER));

    test('is created once and edited afterwards, among comments of other people', async () => {
      world.addComments(3);
      world.addComments(2, 8);
      expect(await put('one')).toBe('written');
      world.addComments(2);
      expect(await put('two')).toBe('written');

      expect(ours()).toEqual([`${MARKER}\ntwo`]);
      expect(world.texts()).toHaveLength(8);
    });

    test('is found on the third page of comments', async () => {
      world.addComments(250);
      await put('one');
      world.addComments(60);
      await put('two');

      expect(ours()).toEqual([`${MARKER}\ntwo`]);
    });

    test('is not written for a commit that is no longer the head', async () => {
      world.moveHead('d'.repeat(40));

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
