import { discover, inputsOf } from '../../support/docker/docker-context';
import { REFUSED_LINES, TAKEN_LINES } from '../../support/docker/refused-lines';

const doubtsOf = (line: string) =>
  inputsOf({ f: 'f', Dockerfile: `FROM scratch\n${line}\n` }).doubts.map(({ text }) => text);

test.each(REFUSED_LINES)('the plan names what BuildKit refuses: %s', (line) => {
  expect(doubtsOf(line)).toEqual([expect.stringMatching(/^line 2: .*, so the build will fail$/)]);
});

test.each(TAKEN_LINES)('the plan has no doubt about %s', (line) => {
  expect(doubtsOf(line)).toEqual([]);
});

test.each(['CMD [1]', 'ENTRYPOINT ["a", 1]', 'SHELL [1]', 'VOLUME [1]'])(
  'a list of anything but texts is a problem, as for BuildKit: %s',
  (line) => {
    const { problems } = discover({ files: { Dockerfile: `FROM scratch\n${line}\n` } });
    expect(problems.map(({ message }) => message)).toEqual([
      'Dockerfile:2: a list in JSON form can contain strings only',
    ]);
  },
);

test('what a stage says that is not built is no doubt', () => {
  expect(doubtsOf('STOPSIGNAL foo\nFROM scratch')).toEqual([]);
});
