/** Work on several values files: every problem is told with its file, and a programming error is none. */
import { InvalidInputError } from '../../../../core/contract/errors';
import { locateTag } from '../../../../core/values/files/locate-tag';
import { both, forAllFiles, openFiles, pathInFile } from '../../../../core/values/files/values-files';

const FILES = [{ path: 'a.yaml' }, { path: 'b.yaml' }];
const refuse = (path: string) => () => {
  throw new InvalidInputError('refused', [{ path, message: 'is wrong' }]);
};
const breakDown = () => {
  throw new TypeError('a programming error');
};

test('problems of two files are told at once, each with its file', () => {
  const work = () => forAllFiles(FILES, ({ path }) => refuse(path === 'a.yaml' ? 'tag' : 'b.yaml: tag')());

  const problems = ['a.yaml: tag', 'b.yaml: tag'].map((path) => ({ path, message: 'is wrong' }));
  expect(work).toThrow(expect.objectContaining({ name: 'ValuesFile', problems }));
});

test.each([
  ['of one file', () => forAllFiles([{ path: 'a.yaml' }], breakDown)],
  ['of two files', () => forAllFiles(FILES, ({ path }) => (path === 'a.yaml' ? refuse('tag')() : breakDown()))],
  ['of the first of two works', () => both(breakDown, refuse('charts'))],
  ['of the second of two works', () => both(refuse('values'), breakDown)],
])('an error %s that is about no input is thrown as it is', (_, work) => {
  expect(work).toThrow(new TypeError('a programming error'));
});

test('the problems of two works are told at once', () => {
  const problems = ['values', 'charts'].map((path) => ({ path, message: 'is wrong' }));
  expect(() => both(refuse('values'), refuse('charts'))).toThrow(expect.objectContaining({ problems }));
});

test.each([
  ['a.yaml', 'a.yaml'],
  ['a.yaml: tag', 'a.yaml: tag'],
  ['tag', 'a.yaml: tag'],
  ['x a.yaml: ', 'a.yaml: x a.yaml: '],
])('the path %s in a.yaml is told as %s', (place, expected) => {
  expect(pathInFile({ path: 'a.yaml' }, place)).toBe(expected);
});

describe('a tag', () => {
  const open = (count: number, text: string) => {
    const files = Array.from({ length: count }, (_, index) => ({ name: `f${index}`, path: `${index}.yaml` }));
    return openFiles(files, new Map(files.map(({ path }) => [path, text])));
  };

  test('that an only file lacks is told by that file, which is not looked into before', () => {
    const [file] = open(1, 'api: 1\n');
    expect(file && locateTag('web.tag', [file])).toEqual({ file, path: 'web.tag' });
  });

  test.each([
    [8, /^is in none of f0 \(0\.yaml\), .*, f7 \(7\.yaml\): in f0 it [^;]*; in f1 it [^;]*; in f2 it [^;]*; correct/],
    [10, /, f7 \(7\.yaml\), 2 more: in f0 it [^;]*; in f1 it [^;]*; in f2 it [^;]*; correct `values` in the catalog$/],
  ])('that none of %i files has is told with eight files and three reasons', (count, message) => {
    expect(locateTag('web.tag', open(count, 'api: 1\n'))).toEqual({ problem: expect.stringMatching(message) });
  });
});
