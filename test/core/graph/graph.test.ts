import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { buildGraph, type Graph } from '../../../core/graph/graph-model';
import { toPage } from '../../../core/graph/page';
import { PAGE_SCRIPT } from '../../../core/graph/page-script';
import { toDot, toMermaid } from '../../../core/graph/text-formats';
import { indexTree } from '../../../core/input-digest/tree-index';
import { printable } from '../../../core/text/escape';
import { catalogOf, discover, type Files, serviceOf, treeOf } from '../../support/docker/docker-context';
import { HOSTILE_TEXTS } from '../../support/text/hostile-texts';

const MODULES = [
  { name: 'one', path: 'libs/one' },
  { name: 'two', path: 'libs/two' },
];
const SERVICES = [
  serviceOf({ name: 'base', path: 'base', dockerfile: 'base/Dockerfile', image: 'base' }),
  serviceOf({ name: 'api', path: 'api', dockerfile: 'api/Dockerfile', dependencies: ['two'] }),
];
const FILES: Files = {
  'base/Dockerfile': 'FROM scratch\nCOPY libs/one /one\n',
  'api/Dockerfile': 'FROM team/base\nCOPY api /api\n',
  'libs/one/x': '1',
  'libs/two/x': '1',
};

function graphOf(before: Files | undefined, after: Files): Graph {
  const ownImages = new Map([['team/base', 'base']]);
  const now = discover({ files: after, services: SERVICES, modules: MODULES, ownImages });
  const old = discover({ files: before ?? after, services: SERVICES, modules: MODULES, ownImages });
  const catalog = catalogOf(SERVICES, MODULES);
  return buildGraph({
    catalog,
    comparison: {
      commit: 'c'.repeat(40),
      base: 'b'.repeat(40),
      catalog,
      inputs: now.inputs,
      before: new Map(
        [...old.inputs].map(([name, inputs]) => [name, { inputDigest: inputs.inputDigest, inputs, where: 'b' }]),
      ),
      newText: '',
      problems: [],
    },
    tree: indexTree(treeOf(after)),
    baseTree: before && indexTree(treeOf(before)),
  });
}

describe('the graph', () => {
  test('has edges from modules to services, and from base images to the images that use them', () => {
    const { edges, base } = graphOf(undefined, FILES);

    expect(base).toBeNull();
    expect(edges).toEqual([
      { kind: 'declared', from: 'two', to: 'api', isHit: false },
      { kind: 'image', from: 'base', to: 'api', isHit: false },
      { kind: 'read', from: 'one', to: 'base', isHit: false },
    ]);
  });

  test('marks the modules, services and edges that a change affects, and no others', () => {
    const graph = graphOf(FILES, { ...FILES, 'libs/one/x': '2' });

    expect(graph.modules.map(({ name, isChanged }) => [name, isChanged])).toEqual([
      ['one', true],
      ['two', false],
    ]);
    expect(graph.services.map(({ name, isBuilt }) => [name, isBuilt])).toEqual([
      ['api', true],
      ['base', true],
    ]);
    expect(graph.edges.filter(({ isHit }) => isHit).map(({ from, to }) => [from, to])).toEqual([
      ['base', 'api'],
      ['one', 'base'],
    ]);
    expect(graph.services[1]?.reasons).toMatchObject([{ path: 'libs/one/x' }]);
  });
});

/** A graph whose every text is the given one. */
function graphWith(text: string): Graph {
  return {
    commit: 'c'.repeat(40),
    base: 'b'.repeat(40),
    stages: [{ name: 's', title: text, needs: [] }],
    modules: [{ name: text, path: text, isChanged: true }],
    services: [
      {
        name: text,
        stage: 's',
        path: text,
        dockerfile: text,
        minutes: 3,
        isBuilt: true,
        reasons: [{ kind: 'input-changed', path: text, text }],
      },
    ],
    edges: [{ kind: 'read', from: text, to: text, isHit: true }],
  };
}

const NASTY = [
  ...Object.values(HOSTILE_TEXTS),
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'; alert(1); '",
  '<!--',
  ']]>',
  '"] --> x["',
  '"; evil [label="',
  '\\',
  'a\nb\u0000\u2028',
  '#quot;',
  'ü 中 \u{1f600}',
];
const anyText = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }));

describe('the page', () => {
  test('has only its own markup, whatever the names contain', () => {
    const tags = (page: string) => page.match(/<\/?[a-z!][^\s>]*/gi)?.join(' ');
    const expected = tags(toPage(graphWith('name')));
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tags(toPage(graphWith(text)))).toBe(expected);
      }),
    );
  });

  test('gives the script every fact, with question marks for control characters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = /id="data">(.*)<\/script>/.exec(toPage(graphWith(text)))?.[1] ?? '';
        const { nodes, edges } = JSON.parse(json);
        expect(nodes[printable(`s:${text}`)]).toEqual({
          lines: ['builds', 'stage s', printable(text), '3 minutes'],
          reasons: [printable(`${text}: ${text}`)],
        });
        expect(edges).toEqual([[printable(`m:${text}`), printable(`s:${text}`), 'read', 1]]);
      }),
    );
  });

  test('has no external resources, and allows only its own script', () => {
    const page = toPage(graphWith('name'));
    const hash = createHash('sha256').update(PAGE_SCRIPT).digest('base64');

    expect(page).toContain(`default-src 'none'; script-src 'sha256-${hash}'`);
    expect(page).toContain(`<script>${PAGE_SCRIPT}</script>`);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|src=|href=|@import|url\(/);
    expect(page).not.toMatch(/ style=| on[a-z]+=/);
  });

  test('has a script that parses', () => {
    expect(() => runInNewContext(`(() => {${PAGE_SCRIPT}})`)).not.toThrow();
  });

  test('has the number of services that the change builds in its title', () => {
    expect(toPage(graphWith('name'))).toContain('<title>1 of 1 services build: bbbbbbbb to cccccccc</title>');
  });
});

const serviceIn = (stage: string, name: string, group?: string): Graph['services'][number] => ({
  name,
  stage,
  ...(group === undefined ? {} : { group }),
  path: name,
  dockerfile: `${name}/Dockerfile`,
  minutes: 3,
  isBuilt: false,
  reasons: [],
});

/** Returns the titles of boxes, the labels of groups and the names of nodes, in the order of the page. */
function labelsOf(page: string): readonly string[] {
  return [...page.matchAll(/(?:<summary>|<button class="(?:fold|node)[^>]*>)([^<]+?) ?</g)].map(
    ([, label = '']) => label,
  );
}

describe('the boxes of the page', () => {
  const graph: Graph = {
    ...graphWith('x'),
    modules: [],
    edges: [],
    stages: [
      { name: 'late', title: 'Late', needs: ['early'] },
      { name: 'early', title: 'Early', needs: [] },
      { name: 'empty', title: 'Empty', needs: [] },
    ],
    services: [serviceIn('late', 'web'), ...['api-10', 'api-9', 'api-1'].map((name) => serviceIn('early', name))],
  };

  test('come after the stages that they need, in natural order within; a stage without services has no box', () => {
    expect(labelsOf(toPage(graph))).toEqual(['Early', 'api-1', 'api-9', 'api-10', 'Late', 'web']);
  });

  test('show a button before a group of several services, and none before a group of one', () => {
    const services = [
      serviceIn('early', 'd', 'solo'),
      serviceIn('early', 'c', 'pair'),
      serviceIn('early', 'b'),
      serviceIn('early', 'a', 'pair'),
    ];
    expect(labelsOf(toPage({ ...graph, services }))).toEqual(['Early', 'pair', 'a', 'c', 'b', 'd']);
  });

  test('start folded in a large graph if none of their services is built', () => {
    const many = Array.from({ length: 401 }, (_, at) => serviceIn('early', `s${at}`));
    const page = toPage({ ...graph, services: [...many, { ...serviceIn('late', 'web'), isBuilt: true }] });

    expect(page.match(/<details class="stage"[^>]*>/g)).toEqual([
      '<details class="stage">',
      '<details class="stage" open>',
    ]);
  });
});

describe('Mermaid', () => {
  test('draws stages as subgraphs and colours the affected parts', () => {
    const text = toMermaid(graphOf(FILES, { ...FILES, 'libs/one/x': '2' }));

    expect(text.split('\n')).toEqual([
      'flowchart LR',
      '  subgraph modules["modules"]',
      '    m0(["one"])',
      '    m1(["two"])',
      '  end',
      '  subgraph g0["Build"]',
      '    s0["api"]',
      '    s1["base"]',
      '  end',
      '  m1 -.-> s0',
      '  s1 ==> s0',
      '  m0 --> s1',
      expect.stringMatching(/classDef changed/),
      expect.stringMatching(/classDef built/),
      '  class m0 changed',
      '  class s0,s1 built',
      expect.stringMatching(/linkStyle 1,2 stroke/),
      '',
    ]);
  });

  test('has no label that ends its own quotes', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const labels = toMermaid(graphWith(text))
          .split('\n')
          .filter((line) => line.includes('["'));
        expect(labels).toHaveLength(4);
        for (const label of labels) expect(label).toMatch(/^ +(subgraph )?\w+\(?\["[^"[\]<>]*"\]\)?$/u);
      }),
    );
  });
});

describe('DOT', () => {
  test('has balanced quotes, whatever the names contain', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const rest = toDot(graphWith(text)).replace(/"(?:[^"\\]|\\.)*"/g, '');
        expect(rest).toBe(toDot(graphWith('name')).replace(/"(?:[^"\\]|\\.)*"/g, ''));
      }),
    );
  });
});

describe('no format', () => {
  test.each(Object.entries({ Mermaid: toMermaid, DOT: toDot, HTML: toPage }))(
    'contains control characters: %s',
    (_, write) => {
      for (const text of Object.values(HOSTILE_TEXTS)) {
        expect(write(graphWith(text)).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }
    },
  );
});
