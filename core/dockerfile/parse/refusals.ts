/**
 * What BuildKit refuses although it decides nothing about files. Each was seen in real builds with BuildKit 0.34. Another release may take it, so it is a doubt
 * and no problem. A word with a variable is never refused.
 */
import { BLANKS, parseJsonForm, type SplitInstruction } from './lexer';

/** Returns why BuildKit refuses an instruction, as the beginning of a sentence; undefined if nothing is known against it. */
export function refusalOf({ keyword, flags, rest }: SplitInstruction): string | undefined {
  const name = keyword.toLowerCase();
  if (name === 'run') return refusedRun(flags, rest);
  if (name === 'copy' || name === 'add') return refusedCopy(name, flags, rest);
  if (name === 'shell') return refusedShell(rest);
  if (name === 'volume') return refusedVolume(rest);
  if (name === 'expose') return rest.split(BLANKS).flatMap((port) => refusedPort(port) ?? [])[0];
  if (name === 'stopsignal') return refusedSignal(rest);
  if (name === 'healthcheck') return refusedHealthcheck(flags, rest);
  // Throws for a list of anything but texts, as BuildKit's parser does.
  if (name === 'cmd' || name === 'entrypoint') parseJsonForm(rest);
  return undefined;
}

function refusedVolume(rest: string): string | undefined {
  const volumes = parseJsonForm(rest);
  if (volumes === undefined) return undefined;
  return volumes.length === 0 || volumes.some((volume) => volume.trim() === '') ? 'VOLUME has no path' : undefined;
}

function refusedShell(rest: string): string | undefined {
  const words = parseJsonForm(rest);
  if (words === undefined) return 'SHELL requires a list in JSON form';
  return words.length === 0 ? 'SHELL has an empty list' : undefined;
}

const RUN_VALUES = { network: ['default', 'none', 'host'], security: ['sandbox', 'insecure'] };

function refusedRun(flags: readonly string[], rest: string): string | undefined {
  for (const [flag, allowed] of Object.entries(RUN_VALUES)) {
    const value = givenFlag(flags, flag);
    if (value !== undefined && !allowed.includes(value))
      return `RUN --${flag}=${value} is none of ${allowed.join(', ')}`;
  }
  return parseJsonForm(rest)?.length === 0 ? 'RUN has an empty list' : undefined;
}

/** A number of owner, and of group. */
const NUMERIC_OWNER = /^\d+(?::\d+)?$/;

/** As `chmod` takes it: https://docs.docker.com/reference/dockerfile/#copy---chown---chmod */
const SYMBOLIC_MODE = /^[ugoa]*(?:[-+=][rwxXstugo]*)+(?:,[ugoa]*(?:[-+=][rwxXstugo]*)+)*$/;

function refusedCopy(name: string, flags: readonly string[], rest: string): string | undefined {
  const keyword = name.toUpperCase();
  const mode = givenFlag(flags, 'chmod');
  if (mode !== undefined && !isMode(mode))
    return `${keyword} --chmod=${mode} is no octal number up to 7777 and no mode`;
  const owner = givenFlag(flags, 'chown');
  const isLinked = flags.some((flag) => flag === '--link' || flag.toLowerCase() === '--link=true');
  if (isLinked && owner !== undefined && !NUMERIC_OWNER.test(owner))
    return `${keyword} --link takes only numbers as --chown=${owner}`;
  const sources = (parseJsonForm(rest) ?? rest.split(BLANKS)).slice(0, -1);
  if (givenFlag(flags, 'checksum') === undefined) return undefined;
  return sources.every((source) => !/[:$]/.test(source)) ? `${keyword} --checksum is only for URLs` : undefined;
}

function isMode(mode: string): boolean {
  return /^[0-7]+$/.test(mode) ? Number.parseInt(mode, 8) <= 0o7777 : SYMBOLIC_MODE.test(mode);
}

const HIGHEST_PORT = 65_535;

function refusedPort(written: string): string | undefined {
  // A port of the host may stand before it.
  if (/[$:"']/.test(written) || written === '') return undefined;
  const match = /^(\d+)(?:-(\d+))?(?:\/(?:tcp|udp|sctp))?$/i.exec(written);
  const [first, last = first] = match?.slice(1, 3) ?? [];
  const isPort = Number(first) <= Number(last) && Number(last) <= HIGHEST_PORT;
  return match !== null && isPort ? undefined : `EXPOSE ${written} is no port`;
}

/** The signals of Linux, without `SIG`: https://pkg.go.dev/github.com/moby/sys/signal */
const SIGNAL =
  /^(?:SIG)?(?:ABRT|ALRM|BUS|CHLD|CLD|CONT|FPE|HUP|ILL|INT|IO|IOT|KILL|PIPE|POLL|PROF|PWR|QUIT|SEGV|STKFLT|STOP|SYS|TERM|TRAP|TSTP|TTIN|TTOU|UNUSED|URG|USR1|USR2|VTALRM|WINCH|XCPU|XFSZ|RTMIN(?:\+\d+)?|RTMAX(?:-\d+)?)$/i;

function refusedSignal(written: string): string | undefined {
  const isSignal = /[$"']/.test(written) || (/^[+-]?\d+$/.test(written) ? Number(written) !== 0 : SIGNAL.test(written));
  return isSignal ? undefined : `STOPSIGNAL ${written} is no signal`;
}

const DURATIONS = ['interval', 'timeout', 'start-period', 'start-interval'];

/** Go's `time.ParseDuration`. */
const DURATION = /^[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

function refusedHealthcheck(flags: readonly string[], rest: string): string | undefined {
  const [type = '', ...command] = rest.split(BLANKS);
  const isNone = type.toUpperCase() === 'NONE';
  if (isNone) return command.length > 0 ? 'HEALTHCHECK NONE takes no arguments' : undefined;
  if (type.toUpperCase() !== 'CMD') return `HEALTHCHECK ${type} is neither CMD nor NONE`;
  if (command.length === 0) return 'HEALTHCHECK CMD has no command';
  const unknown = flags.find((flag) => ![...DURATIONS, 'retries'].includes(flag.slice(2).split('=')[0] ?? ''));
  if (unknown !== undefined) return `HEALTHCHECK knows no ${unknown}`;
  for (const name of DURATIONS) {
    const duration = givenFlag(flags, name) ?? '';
    if (duration !== '' && !DURATION.test(duration)) return `HEALTHCHECK --${name}=${duration} is no duration`;
  }
  const retries = givenFlag(flags, 'retries') ?? '';
  return retries === '' || /^\+?\d+$/.test(retries) ? undefined : `HEALTHCHECK --retries=${retries} is no count`;
}

const BOOLEAN = /^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/;

/** Returns why BuildKit refuses a `--mount`, by its keys in lower case and their values; undefined for a key without a value. */
export function refusedMount(fields: ReadonlyMap<string, string | undefined>): string | undefined {
  const type = (fields.get('type') ?? 'bind').toLowerCase();
  if (type.includes('$')) return undefined;
  const only = (key: string, types: readonly string[]) =>
    fields.has(key) && !types.includes(type) ? [`has ${key}, which is only for ${types.join(', ')}`] : [];
  const sharing = fields.get('sharing')?.toLowerCase() ?? '$';
  const isKnown = sharing.includes('$') || ['shared', 'private', 'locked'].includes(sharing);
  return [
    ...['uid', 'gid', 'mode'].flatMap((key) => only(key, ['cache', 'secret', 'ssh'])),
    ...only('sharing', ['cache']),
    ...only('size', ['tmpfs']),
    ...only('required', ['secret', 'ssh']),
    ...(isKnown ? [] : [`has sharing=${sharing}, which is none of shared, private, locked`]),
    ...['readonly', 'ro', 'readwrite', 'rw', 'required'].flatMap((key) => {
      const value = fields.get(key) ?? 'true';
      return BOOLEAN.test(value) || value.includes('$') ? [] : [`has ${key}=${value}, which is neither true nor false`];
    }),
    ...(type === 'secret' && !['source', 'src', 'target', 'dst', 'destination', 'id'].some((key) => fields.has(key))
      ? ['is a secret without id, source or target']
      : []),
  ][0];
}

/** Returns the value of a flag; undefined if it is not given or has a variable. */
function givenFlag(flags: readonly string[], name: string): string | undefined {
  const flag = flags.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
  return flag?.includes('$') ? undefined : flag;
}
