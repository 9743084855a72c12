/** The check of `pipeline doctor` for private certificate authorities: the file of the settings, and each server by what functions trust. */
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { hasUnknownAuthority } from '../../../adapters/http/describe-failure';
import { whyUntrusted } from '../../../adapters/http/server-trust';
import { unreadableFile } from '../../../core/contract/errors';
import { AUTHORITIES_ENV } from '../../../core/contract/job-environment';
import { type Finding, later, ok, problem } from '../../../core/doctor/finding';
import { readAuthorities } from '../../../core/settings/network/authorities';
import { environmentRegistries } from '../../../core/settings/registry/environment-registry';
import { isEcr } from '../../../core/settings/registry/names';
import type { Settings } from '../../../core/settings/schema';
import { shellCommand } from '../../../core/text/escape';

/** What the check depends on. The path in the settings is absolute. */
export interface AuthoritiesCheck {
  readonly settings: Settings;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In ms since 1970. */
  readonly now: number;
}

const CHECK = 'certificate authorities';

/** Without the setting, servers are looked at only if this process trusts more authorities than functions do. */
export async function checkAuthorities(check: AuthoritiesCheck): Promise<readonly Finding[]> {
  const { settings, env, now } = check;
  const file = settings.certificateAuthorities;
  const own = env[AUTHORITIES_ENV.file] ?? '';
  if (file === undefined) return own === '' ? [] : checkServers(settings, '', `set certificateAuthorities to ${own}`);
  const fix = `edit ${file}`;
  let pem: string;
  try {
    pem = await readFile(file, 'utf8');
  } catch (error) {
    return [problem(CHECK, `${file}: ${unreadableFile(error)}`, fix)];
  }
  const { authorities, problems } = readAuthorities(pem, now);
  if (problems.length > 0) return problems.map((text) => problem(CHECK, `${file} ${text}`, fix));
  const first = authorities.toSorted((a, b) => a.ends - b.ends)[0];
  const days = Math.floor(((first?.ends ?? now) - now) / DAY);
  const text = `${file}: ${authorities.length === 1 ? '1 authority' : `${authorities.length} authorities`}, the first to end is ${first?.name} in ${days} days`;
  const state =
    days < WARN_DAYS
      ? problem(CHECK, `${text}; add its successor beside it`, `${fix}; npx cdk deploy`)
      : ok(CHECK, text);
  const untold =
    own === ''
      ? [
          later(
            CHECK,
            'this process trusts none of them',
            `${shellCommand(`${AUTHORITIES_ENV.file}=${file}`)} npx pipeline doctor`,
          ),
        ]
      : [];
  return [state, ...untold, ...(await checkServers(settings, pem, fix))];
}

const DAY = 86_400_000;

/** Days in which a team can still replace an authority without haste. */
const WARN_DAYS = 30;

async function checkServers(settings: Settings, pem: string, fix: string): Promise<readonly Finding[]> {
  const found = serversOf(settings).map(async (server): Promise<readonly Finding[]> => {
    const untrusted = await whyUntrusted(server, pem === '' ? rootCertificates : [...rootCertificates, pem]);
    if (untrusted === undefined || !hasUnknownAuthority(untrusted)) return [];
    const lacking =
      pem === '' ? 'functions and builds know only public ones' : 'certificateAuthorities does not have it';
    const text = `is signed by ${untrusted.issuer}, and ${lacking}, so that they cannot use ${server.host} (${untrusted.code})`;
    return [problem(`certificate of ${server.host}`, text, fix)];
  });
  return (await Promise.all(found)).flat();
}

/** The servers that functions and builds ask by TLS, besides AWS. */
function serversOf({ git, valuesRepository, releases, mirrors, plainHttp, ...rest }: Settings): readonly URL[] {
  const gits = [git, valuesRepository?.git].flatMap((each) =>
    each !== undefined && 'apiUrl' in each ? [each.apiUrl] : [],
  );
  const registries = [releases, ...environmentRegistries(rest)].map(({ host }) => host);
  const hosts = [...registries, ...Object.values(mirrors).map((mirror) => mirror.split('/')[0] ?? '')];
  const secure = hosts.filter((host) => !isEcr(host) && !plainHttp.includes(host)).map((host) => `https://${host}`);
  const urls = [...new Set([...gits.map((url) => new URL(url).origin), ...secure])].map((url) => new URL(url));
  return urls.filter(({ protocol }) => protocol === 'https:');
}
