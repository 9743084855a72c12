/** A Maven repository in memory that keeps a version unfinished until its metadata comes, as CodeArtifact does. */

export interface MavenRepository {
  /** Takes a file at a path, without its leading slash. Returns the status. */
  put(path: string, authorization: string | undefined, body: Buffer): number;
  get(path: string): Buffer | undefined;
  /** The names of the files of each version. */
  versions(group: string, artifact: string): ReadonlyMap<string, readonly string[]>;
  isFinished(group: string, artifact: string, version: string): boolean;
}

/** Creates a repository in which only the token may write. Other bytes of an existing file are refused with 409. */
export function createMavenRepository(token: string): MavenRepository {
  const files = new Map<string, Buffer>();
  const finished = new Set<string>();
  return {
    put: (path, authorization, body) => {
      if (authorization !== `Basic ${Buffer.from(`aws:${token}`).toString('base64')}`) return 401;
      const [, folder] = /^(.*)\/maven-metadata\.xml$/.exec(path) ?? [];
      if (folder !== undefined) {
        for (const [, version] of body.toString('utf8').matchAll(/<version>(.*?)<\/version>/g))
          finished.add(`${folder}/${version}`);
        files.set(path, body);
        return 201;
      }
      const known = files.get(path);
      if (known !== undefined && !known.equals(body)) return 409;
      files.set(path, body);
      return 201;
    },
    get: (path) => files.get(path),
    versions: (group, artifact) => {
      const folder = `${group.replaceAll('.', '/')}/${artifact}/`;
      const found = new Map<string, string[]>();
      for (const path of files.keys()) {
        const [version = '', file, more] = path.startsWith(folder) ? path.slice(folder.length).split('/') : [];
        if (file !== undefined && more === undefined) found.set(version, [...(found.get(version) ?? []), file]);
      }
      return found;
    },
    isFinished: (group, artifact, version) => finished.has(`${group.replaceAll('.', '/')}/${artifact}/${version}`),
  };
}
