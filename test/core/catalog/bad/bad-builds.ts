/** Images that are made without a Dockerfile: keys that do not fit, patterns and commands that cannot be used. */
import { type BadCatalog, one, V } from './bad-catalog';

const build = (keys: string) => one(`{ build: { command: [make] }, ${keys} }`);
const DOCKERFILE = 'belongs to services with a Dockerfile';

export const BAD_BUILDS: readonly BadCatalog[] = [
  [
    'inputs without a build',
    one('{ inputs: [api] }'),
    ['services.api.inputs', 3, 'belongs to services with a `build`'],
  ],
  [
    'a build beside a Dockerfile and all that belongs to it',
    build('dockerfile: a/Dockerfile, context: ., target: app, test: { target: t }, buildArgs: { A: b }'),
    ['services.api.dockerfile', 3, `${DOCKERFILE}, and this one has a \`build\`; remove it, or remove \`build\``],
    ['services.api.context', 3, 'name the files in `inputs`'],
    ['services.api.target', 3, 'name it in the command'],
    ['services.api.test', 3, 'let the command run the tests before it pushes'],
    ['services.api.buildArgs', 3, 'set variables in `build.env`'],
  ],
  [
    'a bake target that its service cannot name',
    `${V}services:\n  a.b: { image: ab, path: x, build: { tool: bake } }\n`,
    ['services["a.b"].build.target', 3, "name the target, such as 'a-b'"],
  ],
  [
    'a build that follows base images',
    build('bases: follow'),
    ['services.api.bases', 3, 'the base images of a command are not known; write `{ maxAge: 30d }`'],
  ],
  [
    'variables without a proper name or value',
    one('{ build: { command: [make], env: { "1A": d, NUL: "a\\0b" } } }'),
    ['services.api.build.env.1A', 3, 'begins with no digit'],
    ['services.api.build.env.NUL', 3, 'has a NUL'],
  ],
  [
    'variables that the job sets',
    one('{ build: { command: [make], env: { IMAGE: a, SERVICE: b, JOB_TOOL: c, MODE: d } } }'),
    ['services.api.build.env.IMAGE', 3, 'is set by the job'],
    ['services.api.build.env.SERVICE', 3, 'is set by the job'],
    ['services.api.build.env.JOB_TOOL', 3, 'is set by the job'],
  ],
  [
    'a build without a command',
    `${V}services:\n  api:\n    inputs: [api]\n    build: { env: {} }\n`,
    ['services.api.build', 5, 'must have either a command or a tool (buildpacks, '],
  ],
  ['an empty command', one('{ build: "" }'), ['services.api.build.command', 3, 'is empty']],
  [
    'a misspelled key of a build',
    one('{ build: { comand: [make] } }'),
    ['services.api.build.comand', 3, "did you mean 'command'?"],
    ['services.api.build', 3, 'must have either a command or a tool'],
  ],
  [
    'patterns that are no paths of the repository',
    build('inputs: [/api, api/, ../x, "a//b", "!./api", ".", "[a", "a\\\\", " a"]'),
    ['services.api.inputs[0]', 3, 'without a leading /'],
    ['services.api.inputs[1]', 3, 'leave out the trailing /'],
    ['services.api.inputs[2]', 3, "without '..'"],
    ['services.api.inputs[3]', 3, "not '//'"],
    ['services.api.inputs[4]', 3, "leave out './'"],
    ['services.api.inputs[5]', 3, 'write ** for all files'],
    ['services.api.inputs[6]', 3, 'a [ has no ]'],
    ['services.api.inputs[7]', 3, 'a \\ nothing behind it'],
    ['services.api.inputs[8]', 3, 'leave out the white space'],
  ],
  [
    'a build with a command and a tool',
    one('{ build: { command: make, tool: ko } }'),
    ['services.api.build', 3, 'must have either a command or a tool'],
  ],
  [
    'keys of tools beside a command, and a key of bake beside another tool',
    `${V}services:\n  api: { build: { command: make, args: [a], target: b, install: c } }\n  web: { build: { tool: ko, target: b } }\n`,
    ['services.api.build.args', 3, 'belongs to a `tool`'],
    ['services.api.build.target', 3, 'belongs to `tool: bake`'],
    ['services.api.build.install', 3, 'belongs to a `tool`'],
    ['services.web.build.target', 4, 'belongs to `tool: bake`'],
  ],
  ['a tool that is not known', one('{ build: { tool: kaniko } }'), ['services.api.build.tool', 3, 'buildpacks']],
  [
    'contexts without a proper name or folder',
    `${V}services:\n  api: { contexts: { Shared: a, 1a: b, scratch: c, ok: ../d } }\n`,
    ['services.api.contexts.Shared', 3, 'lower case letters'],
    ['services.api.contexts.1a', 3, 'begins with a letter'],
    ['services.api.contexts.scratch', 3, 'is not scratch'],
    ['services.api.contexts.ok', 3, "without '..'"],
  ],
  [
    'a context beside a build',
    one('{ build: make, contexts: { a: b } }'),
    ['services.api.contexts', 3, 'name the files in `inputs`'],
  ],
  ['no pattern', build('inputs: []'), ['services.api.inputs', 3, 'must not be empty']],
];
