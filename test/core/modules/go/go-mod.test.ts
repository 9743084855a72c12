import { declaredVersion, refuseVersion, tagFolder, versionTag } from '../../../../core/modules/go/go-mod';
import { SEMANTIC } from '../../../../core/version/semantic-version';

const NAME = 'github.com/shop/mono/tools/greet';
const declared = (text: string | undefined, name = NAME, path = 'tools/greet') =>
  declaredVersion(() => text, name, path);
const version = (text: string) => SEMANTIC.parse(text) ?? { epoch: 0, release: [] };

describe('a tag', () => {
  test.each([
    ['tools/greet', NAME, 'tools/greet/v1.3.0'],
    ['tools/greet', `${NAME}/v2`, 'tools/greet/v1.3.0'],
    ['tools/greet/v2', `${NAME}/v2`, 'tools/greet/v1.3.0'],
    ['tools/greet/v3', `${NAME}/v2`, 'tools/greet/v3/v1.3.0'],
    ['v2', 'github.com/shop/mono/v2', 'v1.3.0'],
    ['v1', 'github.com/shop/mono/v1', 'v1/v1.3.0'],
  ])('of the folder %s with the path %s is %s', (path, name, tag) => {
    expect(versionTag(path, name, '1.3.0')).toBe(tag);
    expect(tagFolder(path, name)).toBe(tag.replace(/\/?v1\.3\.0$/, ''));
  });
});

describe('go.mod', () => {
  test.each([
    ['a line', `// The module.\nmodule ${NAME} // ours\n\ngo 1.24\n`],
    ['a string', `module "${NAME}"\r\n`],
    ['a raw string', `module \`${NAME}\``],
    ['a block', `module (\n\t${NAME}\n)\ngo 1.24\n`],
  ])('gives its path by %s, and no version', (_what, text) => {
    expect(declared(text)).toEqual({ kind: 'none', remarks: [] });
  });

  test('with a path at its second major version declares that version, which commits cannot reach without the path', () => {
    expect(declared(`module ${NAME}/v2\n`, `${NAME}/v2`)).toEqual({
      kind: 'declared',
      version: version('2.0.0'),
      remarks: [],
    });
  });

  test.each([
    [undefined, 'has no go.mod, which makes a folder a Go module; add one'],
    ['go 1.24\n', `has a go.mod without a module line; write \`module ${NAME}\``],
    ['module other.example/x\n', `names the module 'other.example/x', but the catalog names '${NAME}'`],
    [`// module ${NAME}\nmodule ${NAME}/v2\n`, `names the module '${NAME}/v2'`],
  ])('that is %j is refused with what to write', (text, why) => {
    expect(declared(text)).toMatchObject({ kind: 'problem', problem: expect.stringContaining(why) });
  });

  test('that replaces a module by a folder is published with a remark, because users get the required version', () => {
    const text = `module ${NAME}\nreplace (\n\tshop.example/core => ../core\n\tshop.example/fork v1.2.0 => shop.example/own v1.2.1\n)\nreplace shop.example/abs v1.0.0 => /src/abs\n`;

    expect(declared(text)).toMatchObject({
      kind: 'none',
      remarks: [
        expect.stringContaining("replaces shop.example/core by '../core', which its users ignore"),
        expect.stringContaining("replaces shop.example/abs by '/src/abs'"),
      ],
    });
  });

  test('whose path does not end with the folder has a remark on how Go finds its tags', () => {
    const name = 'go.shop.example/greet';

    expect(declared(`module ${name}\n`, name)).toMatchObject({
      remarks: [expect.stringContaining('does not end with the folder tools/greet')],
    });
  });
});

test.each([
  [NAME, '0.1.0', undefined],
  [NAME, '1.9.0', undefined],
  [`${NAME}/v2`, '2.0.0', undefined],
  [`${NAME}/v12`, '12.3.4', undefined],
  [NAME, '2.0.0', `write ${NAME}/v2 in the module line of go.mod`],
  [`${NAME}/v2`, '3.0.0', `write ${NAME}/v3 in the module line`],
  [`${NAME}/v2`, '1.4.0', `only from a path without /v2: write ${NAME} in go.mod`],
])('%s at %s is %j', (name, text, refusal) => {
  const found = refuseVersion(name, version(text));

  expect(found).toEqual(refusal === undefined ? undefined : expect.stringContaining(refusal));
});
