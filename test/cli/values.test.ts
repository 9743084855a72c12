/** `values set`: several files, all or nothing. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../cli/main';
import { parseWords } from '../../cli/values';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'values-'));
  writeFileSync(join(folder, 'a.yaml'), `api:\n  image: { tag: v1, digest: "sha256:${'00'.repeat(32)}" } # pinned\n`);
  writeFileSync(join(folder, 'b.yaml'), 'x: &tag v1\nweb: { tag: v0 }\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string) => join(folder, name);
const text = (name: string) => readFileSync(file(name), 'utf8');

async function set(...words: string[]) {
  const out: string[] = [];
  const errors: string[] = [];
  const to = (lines: string[]) => ({ write: (line: string) => lines.push(line) > 0 });
  const status = await main(['values', 'set', ...words], to(out), to(errors));
  return { status, stdout: out.join(''), stderr: errors.join('') };
}

test('tags, digests, anchors and followers of several files change, and nothing else', async () => {
  const { status } = await set(file('a.yaml'), `api.image.tag=v2@${DIGEST}`, file('b.yaml'), '&tag=v3', 'web.tag=*tag');

  expect(status).toBe(0);
  expect(text('a.yaml')).toBe(`api:\n  image: { tag: v2, digest: "${DIGEST}" } # pinned\n`);
  expect(text('b.yaml')).toBe('x: &tag v3\nweb: { tag: *tag }\n');
});

test('one wrong edit of one file leaves all files as they are, and all problems are printed', async () => {
  const before = [text('a.yaml'), text('b.yaml')];

  const { status, stderr } = await set(file('a.yaml'), 'api.image.tag=v2', file('b.yaml'), 'no.tag=v3', '&none=v3');

  expect({ status, texts: [text('a.yaml'), text('b.yaml')] }).toEqual({ status: 2, texts: before });
  expect(stderr).toContain('b.yaml: no.tag');
  expect(stderr).toMatch(/b\.yaml: .*none/);
});

test('a file that does not exist leaves the others as they are', async () => {
  const { status, stderr } = await set(file('a.yaml'), 'api.image.tag=v2', file('c.yaml'), 'web.tag=v3');

  expect({ status, isChanged: text('a.yaml').includes('v2') }).toEqual({ status: 2, isChanged: false });
  expect(stderr).toContain('c.yaml: there is no such file');
});

test('the same command twice changes nothing the second time', async () => {
  await set(file('b.yaml'), 'web.tag=v3');

  expect((await set(file('b.yaml'), 'web.tag=v3')).stdout).toContain('nothing to change');
});

test.each([
  [['api.tag=v1'], /an edit without a file/],
  [['a.yaml'], /a\.yaml: has no edits/],
  [['a.yaml', 'x=v1', 'a.yaml', 'y=v1'], /given twice/],
  [['a.yaml', 'x=not a tag'], /has no tag/],
  [['a.yaml', 'x=v1@sha256:12'], /64 hex digits/],
])('%j is refused', (words, message) => {
  expect(() => parseWords(words)).toThrow(message);
});
