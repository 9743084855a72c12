/** What of a Dockerfile counts, for random Dockerfiles with continued lines and heredocs. */
import fc from 'fast-check';
import { discover } from '../../support/docker/docker-context';
import { runs } from '../../support/property-runs';

/** A line of a Dockerfile. Before one that is not `inside` a heredoc, comments and blank lines are none of its content. */
interface Line {
  readonly text: string;
  readonly inside?: true;
}

const word = fc.stringMatching(/^[a-z][a-z0-9#]{0,3}$/);

const plain = fc
  .tuple(fc.constantFrom('RUN', 'run', 'USER', 'WORKDIR', 'CMD', 'EXPOSE'), word)
  .map((words): readonly Line[] => [{ text: words.join(' ') }]);

const pair = fc
  .tuple(fc.constantFrom('LABEL', 'ENV', 'ARG'), word, word)
  .map(([keyword, name, value]): readonly Line[] => [{ text: `${keyword} ${name}=${value}` }]);

const copy = word.map((name): readonly Line[] => [{ text: `COPY f /${name}` }]);

const continued = fc.array(word, { minLength: 2, maxLength: 4 }).map((words): readonly Line[] =>
  words.map((each, at) => ({
    text: `${at === 0 ? 'RUN ' : '  '}${each}${at === words.length - 1 ? '' : ' \\'}`,
  })),
);

const heredoc = fc
  .tuple(fc.constantFrom('RUN', 'COPY'), fc.array(fc.constantFrom('', '# c', 'x', '  y \\'), { maxLength: 3 }))
  .map(([keyword, body]): readonly Line[] => [
    { text: keyword === 'RUN' ? 'RUN <<END' : 'COPY <<END /h' },
    ...body.map((text) => ({ text, inside: true as const })),
    { text: 'END', inside: true },
  ]);

const instructions = fc
  .array(fc.oneof(plain, pair, copy, continued, heredoc), { maxLength: 6 })
  .map((all) => all.flat());

/** Stages of which each is built from the one before. */
const chain = fc
  .array(instructions, { minLength: 1, maxLength: 3 })
  .map((stages): readonly Line[] =>
    stages.flatMap((lines, at) => [{ text: `FROM ${at === 0 ? 'scratch' : `s${at - 1}`} AS s${at}` }, ...lines]),
  );

const noise = fc.constantFrom('', ' \t', '# c', '  # RUN x \\', '#', '\r');

const printed = (lines: readonly Line[]) => lines.map(({ text }) => text).join('\n');

/** Undefined if the Dockerfile is refused. */
const digest = (dockerfile: string) =>
  discover({ files: { f: 'f', Dockerfile: dockerfile } }).inputs.get('app')?.inputDigest;

it('comments and blank lines outside of heredocs change no digest', () => {
  const places = fc.array(fc.tuple(fc.nat(40), noise), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(chain, places, (lines, added) => {
      const noisy = [...lines];
      for (const [place, text] of added) {
        const at = place % (noisy.length + 1);
        if (noisy[at]?.inside !== true) noisy.splice(at, 0, { text });
      }
      expect(digest(printed(noisy))).toBe(digest(printed(lines)));
      expect(digest(printed(lines))).toBeDefined();
    }),
    { numRuns: runs(500) },
  );
});

it('any other character that changes in a stage that is built changes the digest', () => {
  fc.assert(
    fc.property(chain, fc.nat(), fc.constantFrom('q', '#', '"', '$', '\\', '='), (lines, place, character) => {
      const text = printed(lines);
      const places = [...text.matchAll(/[^\s]/g)].map(({ index }) => index);
      const at = places[place % places.length] ?? 0;
      fc.pre(text[at] !== character);
      const changed = digest(text.slice(0, at) + character + text.slice(at + 1));
      expect(changed).not.toBe(digest(text));
    }),
    { numRuns: runs(1_000) },
  );
});

it('a line that is dropped from a stage that is built changes the digest', () => {
  fc.assert(
    fc.property(chain, fc.nat(), (lines, place) => {
      const at = place % lines.length;
      expect(digest(printed(lines.toSpliced(at, 1)))).not.toBe(digest(printed(lines)));
    }),
    { numRuns: runs(500) },
  );
});

it('whatever a stage says that is not built, the digest stays', () => {
  const unused = (lines: readonly Line[]) => `FROM scratch AS unused\n${printed(lines)}\n`;
  fc.assert(
    fc.property(chain, instructions, instructions, (lines, one, other) => {
      const built = printed(lines);
      expect(digest(unused(one) + built)).toBe(digest(built));
      expect(digest(unused(other) + built)).toBe(digest(built));
    }),
    { numRuns: runs(300) },
  );
});
