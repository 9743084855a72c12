/**
 * Random build contexts, Dockerfiles and ignore files that need no network: within what Docker 20.10 can build, and with what only newer
 * BuildKits have (`--parents`, `--exclude`, `--link`, heredocs).
 */
import fc from 'fast-check';
import { type Files, link, type SpecialFile } from './docker-context';

/** One build. Every file's content is its own path and every base name is unique, so that an image shows what was copied. */
export interface BuildCase {
  readonly files: Files;
  readonly context: string;
  readonly dockerfile: string;
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** An image with `cp` and the libraries that it needs, and nothing else. */
export const COPYING_IMAGE = 'inputs-copying';

/** The content of every file that a heredoc makes. */
export const HEREDOC = 'of a heredoc\n';

const FOLDERS = ['a', 'b', 'lib', 'src', '.cfg', 'two words', 'é'];
const STEMS = ['f', 'g', 'Mix', '.dot', 'sp ace', 'ü', 'x-y', 'c'];
const ENDINGS = ['.txt', '.py', '.md', '', '.tar.x'];

const folder = fc.array(fc.constantFrom(...FOLDERS), { maxLength: 3 });

interface Sketch {
  readonly plain: readonly { folder: readonly string[]; stem: string; ending: string; executable: boolean }[];
  readonly links: readonly { folder: readonly string[]; to: number; style: number }[];
}

const sketch: fc.Arbitrary<Sketch> = fc.record({
  plain: fc.array(
    fc.record({
      folder,
      stem: fc.constantFrom(...STEMS),
      ending: fc.constantFrom(...ENDINGS),
      executable: fc.boolean(),
    }),
    { minLength: 1, maxLength: 10 },
  ),
  links: fc.array(fc.record({ folder, to: fc.nat(30), style: fc.nat(5) }), { maxLength: 2 }),
});

/** The context's files; paths are relative to it. */
function draw({ plain, links }: Sketch): Map<string, string | SpecialFile> {
  const files = new Map<string, string | SpecialFile>();
  for (const [index, { folder: parts, stem, ending, executable }] of plain.entries()) {
    const path = [...parts, `${stem}${index}${ending}`].join('/');
    files.set(path, { mode: executable ? '100755' : '100644', text: path });
  }
  const places = placesOf([...files.keys()]);
  for (const [index, { folder: parts, to, style }] of links.entries()) {
    const path = [...parts, `l${index}`].join('/');
    files.set(path, link(linkText(parts.length, places[to % places.length] ?? '', style)));
  }
  return files;
}

function linkText(depth: number, place: string, style: number): string {
  if (style === 0) return `/${place}`;
  if (style === 1) return 'nowhere';
  return `${'../'.repeat(style === 2 ? depth + 2 : depth)}${place}`;
}

/** All files and folders. */
function placesOf(paths: readonly string[]): readonly string[] {
  const places = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/');
    for (let length = 1; length <= parts.length; length++) places.add(parts.slice(0, length).join('/'));
  }
  return [...places].sort();
}

/** Changes some of a path's parts into globs. */
function globbed(path: string): fc.Arbitrary<string> {
  const parts = path
    .split('/')
    .map((part) =>
      fc.oneof(
        { weight: 6, arbitrary: fc.constant(part) },
        { weight: 2, arbitrary: fc.constant('*') },
        { weight: 1, arbitrary: fc.constant(part.replace(/.$/u, '?')) },
        { weight: 1, arbitrary: fc.constant(part.replace(/^[^.]/u, (first) => `[${first}z]`)) },
        { weight: 1, arbitrary: fc.constant(part.replace(/\.[a-z]+$/, '.*')) },
        { weight: 1, arbitrary: fc.constant(`*${part.slice(-3)}`) },
        { weight: 1, arbitrary: fc.constant('[^a-e]*') },
      ),
    );
  return fc.tuple(...parts).map((all) => all.join('/'));
}

function ignoreLine(places: readonly string[]): fc.Arbitrary<string> {
  const place = fc.constantFrom(...places, 'Dockerfile', '.dockerignore', 'nothing');
  const pattern = fc.oneof(
    { weight: 3, arbitrary: place },
    { weight: 4, arbitrary: place.chain(globbed) },
    { weight: 2, arbitrary: place.map((path) => `**/${path.split('/').at(-1)}`) },
    { weight: 1, arbitrary: fc.constantFrom('*', '**', '**/*.py', '*/*', '**/.*', '.', '**/l?') },
    { weight: 1, arbitrary: place.map((path) => `${path}/**`) },
  );
  const decorated = fc.tuple(
    fc.constantFrom('', '', '', '', '/', './', ' ', 'x/../'),
    pattern,
    fc.constantFrom('', '', '', '', '/', ' ', '/*'),
  );
  return fc.oneof(
    { weight: 6, arbitrary: decorated.map((parts) => parts.join('')) },
    { weight: 4, arbitrary: decorated.map((parts) => `!${parts.join('')}`) },
    { weight: 1, arbitrary: fc.constantFrom('', '# a comment', '  ', '#!a') },
  );
}

interface Copy {
  readonly keyword: 'COPY' | 'ADD';
  readonly source: string;
  readonly form: number;
  /** Words that only newer BuildKits know. */
  readonly flags: readonly string[];
}

/** Flags of newer BuildKits for a source. A pattern with white space would be two flags. */
function newFlags(places: readonly string[]): fc.Arbitrary<readonly string[]> {
  const place = fc.constantFrom(...places);
  const pattern = fc.oneof(place, place.chain(globbed), fc.constantFrom('**', '*', '*.py', '**/*.txt', '**/.*'));
  const excludes = fc.array(pattern, { minLength: 1, maxLength: 2 });
  const flags = excludes.map((all) => all.map((each) => `--exclude=${each.replace(/\s/g, '?')}`));
  return fc.oneof(
    fc.constantFrom([], ['--parents'], ['--link'], [`<<h`]),
    flags,
    flags.map((all) => ['--parents', ...all]),
  );
}

function copy(places: readonly string[], isNew: boolean): fc.Arbitrary<Copy> {
  const place = fc.constantFrom(...places);
  const path = fc.oneof(
    { weight: 4, arbitrary: place },
    { weight: 4, arbitrary: place.chain(globbed) },
    { weight: 1, arbitrary: fc.constantFrom('.', '/', './', '*', '..', 'missing') },
  );
  const source = fc
    .tuple(fc.constantFrom('', '', '', '/', './', '../', 'a/../', '//'), path, fc.constantFrom('', '', '', '/', '/.'))
    .map((parts) => parts.join(''));
  return fc.record({
    keyword: fc.constantFrom('COPY' as const, 'ADD' as const),
    source,
    form: fc.nat(6),
    flags: isNew ? newFlags(places) : fc.constant([]),
  });
}

/** `RUN --mount` of a path, by a stage of its own. */
interface Mount {
  readonly source: string;
  readonly form: number;
}

function mount(places: readonly string[], isNew: boolean): fc.Arbitrary<Mount> {
  const source = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...places) },
    { weight: 1, arbitrary: fc.constantFrom('', '.', '/', '..') },
  );
  return fc.record({ source, form: fc.nat(isNew ? 5 : 4) });
}

interface StageSketch {
  readonly base: number;
  readonly mounts: readonly Mount[];
  readonly copies: readonly Copy[];
  readonly from: readonly { stage: number; byNumber: boolean }[];
  readonly onbuild: boolean;
}

function stage(places: readonly string[], isNew: boolean): fc.Arbitrary<StageSketch> {
  return fc.record({
    base: fc.nat(5),
    copies: fc.array(copy(places, isNew), { minLength: 1, maxLength: 2 }),
    from: fc.array(fc.record({ stage: fc.nat(5), byNumber: fc.boolean() }), { maxLength: 1 }),
    mounts: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(mount(places, isNew), { maxLength: 1 }) },
    ),
    onbuild: fc.boolean(),
  });
}

/** A stage that copies what is mounted; the command needs the base image of `docker-context-build.ts`. */
function writeMount({ source, form }: Mount, place: string): readonly string[] {
  const quote = /\s/.test(source) ? '"' : '';
  const forms = [
    `--mount=${quote}type=bind,source=${source},target=/m${quote}`,
    `--mount="source=${source},target=/m"`,
    `--mount=${quote}target=/m,type=bind,src=${source},rw${quote}`,
    source === '' ? '--mount=target=/m' : `--mount=${quote}source=${source},dst=/m${quote}`,
    `--mount=type=tmpfs,target=/t --mount=${quote}type=BIND,source=${source},target=/m${quote}`,
  ];
  const from = `FROM ${COPYING_IMAGE} AS ${place}`;
  if (form === 5) return [from, `RUN ${forms[0]} <<h`, '/bin/cp -a /m /r', 'h'];
  return [from, `RUN ${forms[form]} ["/bin/cp", "-a", "/m", "/r"]`];
}

/** Each source gets a folder of its own in the image, so that nothing is overwritten. */
function writeCopy(written: Copy, place: string, prefix: string): readonly string[] {
  const { keyword, source, form, flags } = written;
  const at = `/${place}/`;
  if (flags.length > 0) return writeNewCopy(written, at, prefix);
  if (form === 0 || /\s/.test(source)) return [`${prefix}${keyword} ${JSON.stringify([source, at])}`];
  if (form === 1) return [`ENV V_${place}=${source}`, `${prefix}${keyword} $V_${place} ${at}`];
  if (form === 2) return [`ARG A_${place}="${source}"`, `${prefix}${keyword.toLowerCase()} \${A_${place}:-x} ${at}`];
  if (form === 3) return [`${prefix}${keyword} \\`, '  # a comment', `  ${source} \\`, '', `  ${at}`];
  if (form === 4) return [`${prefix}${keyword} --chown=1:1 ${source} ${at}`];
  return [`${prefix}${keyword} ${source} ${at}`];
}

function writeNewCopy({ keyword, source, form, flags }: Copy, at: string, prefix: string): readonly string[] {
  if (flags[0] === '<<h') {
    const words = /\s/.test(source) ? '' : ` ${source}`;
    return prefix === '' ? [`${keyword} <<h${words} ${at}`, HEREDOC.trimEnd(), 'h'] : [`${prefix}${keyword} . ${at}`];
  }
  const parents = flags.includes('--parents');
  // Half of the sources have a pivot, behind which the parents begin.
  const pivoted = parents && form % 2 === 1 ? source.replace(/(?<=[^./])\//, '/./') : source;
  const word = parents ? 'COPY' : keyword;
  const paths = /\s/.test(source) ? JSON.stringify([pivoted, at]) : `${pivoted} ${at}`;
  return [`${prefix}${word} ${flags.join(' ')} ${paths}`];
}

function writeDockerfile(stages: readonly StageSketch[]): string {
  const lines: string[] = [];
  for (const [index, { base, copies, from, onbuild, mounts }] of stages.entries()) {
    const mounting = mounts.map((each, at) => ({ each, place: `m${index}_${at}` }));
    lines.push(...mounting.flatMap(({ each, place }) => writeMount(each, place)));
    lines.push(`FROM ${base % 3 === 0 && index > 0 ? `s${base % index}` : 'scratch'} AS s${index}`);
    for (const [at, each] of copies.entries()) {
      lines.push(...writeCopy(each, `c${index}_${at}`, onbuild && at > 0 ? 'ONBUILD ' : ''));
    }
    lines.push(...mounting.map(({ place }) => `COPY --from=${place} /r /${place}`));
    for (const { stage: number, byNumber } of index === 0 ? [] : from) {
      const source = number % index;
      const byName = stages.some((each) => each.mounts.length > 0) || !byNumber;
      lines.push(`COPY --from=${byName ? `S${source}` : source} / /from${index}_${source}/`);
    }
  }
  return `${lines.join('\n')}\n`;
}

interface Settings {
  readonly context: string;
  readonly dockerfile: string;
  readonly ignoreName: number;
  readonly target: number;
}

const settings: fc.Arbitrary<Settings> = fc.record({
  context: fc.constantFrom('', '', 'ctx', 'deep/ctx'),
  dockerfile: fc.constantFrom('Dockerfile', 'Dockerfile', 'build/app.Dockerfile', 'ctx/Dockerfile'),
  ignoreName: fc.nat(5),
  target: fc.nat(8),
});

/** Any build that Docker 20.10 knows. */
export const buildCase = cases(false);

/** Any build. */
export const newBuildCase = cases(true);

function cases(isNew: boolean): fc.Arbitrary<BuildCase> {
  return sketch.chain((drawn) => caseOf(drawn, isNew));
}

function caseOf(drawn: Sketch, isNew: boolean): fc.Arbitrary<BuildCase> {
  const inner = draw(drawn);
  const places = placesOf([...inner.keys()]);
  return fc
    .record({
      settings,
      stages: fc.array(stage(places, isNew), { minLength: 1, maxLength: 3 }),
      ignore: fc.oneof(fc.constant([]), fc.array(ignoreLine(places), { maxLength: 5 })),
    })
    .map(({ settings: { context, dockerfile, ignoreName, target }, stages, ignore }) => {
      const prefix = context === '' ? '' : `${context}/`;
      const files: Record<string, string | SpecialFile> = {};
      for (const [path, file] of inner) files[prefix + path] = file;
      files[dockerfile] = writeDockerfile(stages);
      const text = ignore.join('\n');
      if (ignore.length > 0) files[ignoreName < 2 ? `${dockerfile}.dockerignore` : `${prefix}.dockerignore`] = text;
      if (ignore.length > 0 && ignoreName === 0) files[`${prefix}.dockerignore`] = '*';
      const named = target < stages.length ? `s${target}` : undefined;
      return { files, context, dockerfile, target: named, buildArgs: {} };
    });
}
