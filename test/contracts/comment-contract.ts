/** The contract of every writer of the one comment on a pull request, over real HTTP. */
import type { CommentWriter } from '../../core/ports/git';

/** A pull request 7 whose head is `COMMIT`, and others' comments. */
export interface CommentWorld {
  readonly writer: CommentWriter;
  /** People's comments on a pull request, so many more. */
  say(times: number, pull?: number): void;
  /** The texts of all comments, in order. */
  texts(): readonly string[];
  /** Moves the head of pull request 7. */
  moveHead(commit: string): void;
  /** The answer to a new comment gets lost on its way. */
  loseAnswer(): void;
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

    test('is made once and edited from then on, among the comments of people', async () => {
      world.say(3);
      world.say(2, 8);
      expect(await put('one')).toBe('written');
      world.say(2);
      expect(await put('two')).toBe('written');

      expect(ours()).toEqual([`${MARKER}\ntwo`]);
      expect(world.texts()).toHaveLength(8);
    });

    test('is found on the third page', async () => {
      world.say(250);
      await put('one');
      world.say(60);
      await put('two');

      expect(ours()).toEqual([`${MARKER}\ntwo`]);
    });

    test('is not written about a commit that is not the head any more', async () => {
      world.moveHead('d'.repeat(40));

      expect(await put('old')).toBe('outdated');
      expect(world.texts()).toEqual([]);
    });

    test('is not made twice if the answer was lost: that is an error', async () => {
      world.loseAnswer();

      await expect(put('one')).rejects.toMatchObject({ name: 'GitHostError' });
      expect(world.texts()).toHaveLength(1);
    });
  });
}
