import { inputsOf } from '../../support/docker/docker-context';

function impurities(...lines: readonly string[]): readonly string[] {
  const dockerfile = ['FROM scratch', ...lines].join('\n');
  return inputsOf({ Dockerfile: dockerfile, a: '' }).impurities.map(({ line, text }) => `${line}: ${text}`);
}

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('impurities', () => {
  it.each([
    ['ADD https://example.com/a.jar /x', '2: ADD https://example.com/a.jar fetches content that is not in git'],
    ['ADD git@example.com:a/b.git /x', '2: ADD git@example.com:a/b.git fetches content that is not in git'],
    ['RUN curl -sSL https://example.com/a | sh', '2: RUN fetches a file: curl -sSL https://example.com/a'],
    ['RUN wget $(curl https://example.com)', '2: RUN fetches a file: wget $(curl https://example.com)'],
    ['RUN git clone https://example.com/a.git', '2: RUN clones a repository: git clone https://example.com/a.git'],
    [
      'RUN apt-get update && apt-get install -y jq',
      '2: RUN installs packages without a version: apt-get install -y jq',
    ],
    ['RUN apt-get -q install jq=1.6 git', '2: RUN installs packages without a version: apt-get -q install jq=1.6 git'],
    ['RUN apk add --no-cache jq', '2: RUN installs packages without a version: apk add --no-cache jq'],
    ['RUN pip install requests', '2: RUN installs packages without a version: pip install requests'],
    ['RUN npm install -g typescript', '2: RUN installs packages without a version: npm install -g typescript'],
    [
      'RUN go install example.com/x@latest',
      '2: RUN installs packages without a version: go install example.com/x@latest',
    ],
    ['RUN ["pip", "install", "requests"]', '2: RUN installs packages without a version: pip install requests'],
    ['RUN <<EOF\npip install requests\nEOF', '2: RUN installs packages without a version: pip install requests'],
    ['RUN pip install zope.interface', '2: RUN installs packages without a version: pip install zope.interface'],
    ['RUN pip install x$V', '2: RUN installs packages without a version: pip install x$V'],
    ['RUN npm i lodash.merge', '2: RUN installs packages without a version: npm i lodash.merge'],
    ['RUN yum -y install jq', '2: RUN installs packages without a version: yum -y install jq'],
    ['RUN apt-get  --yes   install jq', '2: RUN installs packages without a version: apt-get --yes install jq'],
    ['RUN npm ls && npm run x && npm add y', '2: RUN installs packages without a version: npm add y'],
    ['ARG VERSION', '2: ARG VERSION may put a version into the image, which a retag does not change'],
    ['ARG BUILDTAG=dev', '2: ARG BUILDTAG may put a version into the image, which a retag does not change'],
    ['ARG GIT_COMMIT', '2: ARG GIT_COMMIT may put a version into the image, which a retag does not change'],
    ['COPY --from=nginx:1.25 /x /y', '2: nginx:1.25 is not pinned by a digest; its content may change'],
  ])('%s', (line, expected) => {
    expect(impurities(line)).toContain(expected);
  });

  it.each([
    'COPY a /x',
    `ADD --checksum=${DIGEST} https://example.com/a.jar /x`,
    `ADD https://example.com/a.git#${'a'.repeat(40)} /x`,
    'RUN apt-get install -y jq=1.6-2',
    'RUN apk add --no-cache jq=1.6 git~=2',
    'RUN pip install requests==2.1.0',
    'RUN pip install -r requirements.txt',
    'RUN pip install --no-cache-dir -e . ./tools',
    'RUN yum install jq-1.6',
    'RUN pip install ./tools /opt/x a/b',
    'RUN npm ci',
    'RUN npm install',
    'RUN npm install -g typescript@5.1.0',
    'RUN go install example.com/x@v1.2.3',
    'ARG PYTHON_VERSION=3.12',
    `COPY --from=nginx@${DIGEST} /x /y`,
    'RUN echo curling',
  ])('are none: %s', (line) => {
    expect(impurities(line)).toEqual([]);
  });

  it('of stages that are not built do not count', () => {
    const dockerfile = `FROM alpine AS no\nRUN curl x\nFROM debian@${DIGEST}\nRUN curl y\n`;
    expect(inputsOf({ Dockerfile: dockerfile }).impurities).toEqual([{ line: 4, text: 'RUN fetches a file: curl y' }]);
  });

  it('are in the order of their lines, then of their texts, each once', () => {
    expect(impurities('RUN wget b; curl a; wget b', 'RUN npm i x && git clone y', 'RUN curl a')).toEqual([
      '2: RUN fetches a file: curl a',
      '2: RUN fetches a file: wget b',
      '3: RUN clones a repository: git clone y',
      '3: RUN installs packages without a version: npm i x',
      '4: RUN fetches a file: curl a',
    ]);
    const bases = inputsOf({ Dockerfile: 'FROM a AS b\nRUN curl x\nFROM c\nCOPY --from=b / /\n' }).impurities;
    expect(bases.map(({ line }) => line)).toEqual([1, 2, 3]);
  });

  it('have at most 120 characters, with dots at the end of a longer one', () => {
    const text = (length: number) => impurities(`RUN curl ${'x'.repeat(length)}`)[0];

    expect(text(92)).toBe(`2: RUN fetches a file: curl ${'x'.repeat(92)}`);
    expect(text(500)).toBe(`2: RUN fetches a file: curl ${'x'.repeat(92)}...`);
  });
});
