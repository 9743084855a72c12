/** Kubeconfig files (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/). Programs that they name are never run. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { InvalidInputError, type Problem, unreadableFile } from '../../core/contract/errors';
import type { ClusterAccess } from './cluster-access';

const KubeconfigSchema = z.object({
  'current-context': z.string().optional(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({
        server: z.url({ protocol: /^https?$/ }),
        'certificate-authority': z.string().optional(),
        'certificate-authority-data': z.string().optional(),
        'insecure-skip-tls-verify': z.boolean().optional(),
        'tls-server-name': z.string().optional(),
      }),
    }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({
        token: z.string().optional(),
        tokenFile: z.string().optional(),
        'client-certificate': z.string().optional(),
        'client-certificate-data': z.string().optional(),
        'client-key': z.string().optional(),
        'client-key-data': z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
        exec: z.unknown().optional(),
        'auth-provider': z.unknown().optional(),
      }),
    }),
  ),
});

type Kubeconfig = z.infer<typeof KubeconfigSchema>;

/** Returns the access by a kubeconfig file, by default of its current context. Throws `InvalidInput` with all problems, without a login's values. */
export async function readKubeconfig(path: string, context?: string): Promise<ClusterAccess> {
  const config = parseKubeconfig(path, await readText(path));
  const name = context ?? config['current-context'] ?? '';
  const found = config.contexts.find((each) => each.name === name)?.context;
  if (found === undefined) throw refused(path, [unknown('context', name, config.contexts)]);
  const cluster = config.clusters.find((each) => each.name === found.cluster)?.cluster;
  const user = config.users.find((each) => each.name === found.user)?.user;
  if (cluster === undefined || user === undefined)
    throw refused(path, [
      ...(cluster === undefined ? [unknown('cluster', found.cluster, config.clusters)] : []),
      ...(user === undefined ? [unknown('user', found.user, config.users)] : []),
    ]);
  if (user.exec !== undefined || user['auth-provider'] !== undefined) throw refused(path, [program(found.user)]);

  const folder = dirname(path);
  const problems: Problem[] = [];
  const pem = async (key: string, data: string | undefined, file: string | undefined) => {
    if (data !== undefined) return { [key]: Buffer.from(data, 'base64').toString('utf8') };
    if (file === undefined) return {};
    const text = await readFile(resolve(folder, file), 'utf8').catch((error: unknown) => {
      problems.push({ path: resolve(folder, file), message: unreadableFile(error) });
    });
    return typeof text === 'string' ? { [key]: text } : {};
  };
  const tls = {
    ...(await pem('ca', cluster['certificate-authority-data'], cluster['certificate-authority'])),
    ...(await pem('cert', user['client-certificate-data'], user['client-certificate'])),
    ...(await pem('key', user['client-key-data'], user['client-key'])),
    ...(cluster['tls-server-name'] === undefined ? {} : { servername: cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] === true ? { rejectUnauthorized: false } : {}),
  };
  if (problems.length > 0) throw refused(path, problems);
  const label = `context ${name} of ${path}`;
  return { server: new URL(cluster.server), label, tls, login: () => loginOf(user, folder) };
}

function parseKubeconfig(path: string, text: string): Kubeconfig {
  let parsed: unknown;
  try {
    // Pretty errors quote lines of the file, which has secrets.
    parsed = parse(text, { prettyErrors: false });
  } catch {
    throw refused(path, [{ path, message: 'is not YAML; write it again, for example with aws eks update-kubeconfig' }]);
  }
  const result = KubeconfigSchema.safeParse(parsed);
  if (result.success) return result.data;
  throw refused(
    path,
    result.error.issues.map((issue) => ({ path: issue.path.join('.') || path, message: issue.message })),
  );
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw refused(path, [{ path, message: unreadableFile(error) }]);
  });
}

/** A token file is read for each request, because Kubernetes replaces its content before the token expires. */
async function loginOf(
  { token, tokenFile, username, password = '' }: Kubeconfig['users'][number]['user'],
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const bearer = tokenFile === undefined ? token : (await readText(resolve(folder, tokenFile))).trim();
  if (bearer !== undefined) return { authorization: `Bearer ${bearer}` };
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

function refused(path: string, problems: readonly Problem[]): InvalidInputError {
  return new InvalidInputError(`the kubeconfig ${path} cannot be used`, problems);
}

function unknown(kind: string, name: string, known: readonly { readonly name: string }[]): Problem {
  const names = known.map((each) => each.name).join(', ');
  return { path: `${kind}s`, message: `there is no ${kind} '${name.slice(0, 80)}'; there are: ${names || 'none'}` };
}

function program(user: string): Problem {
  return {
    path: `users.${user}`,
    message:
      'logs in by a program (exec or auth-provider), which is not run; use a token, a tokenFile or a client certificate, or name the EKS cluster instead',
  };
}
