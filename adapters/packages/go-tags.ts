/** Releases of Go modules: tags of the monorepo, behind the port of package indexes. */
import { ERROR_NAMES, InvalidInputError, PipelineError } from '../../core/contract/errors';
import { GO, modFile } from '../../core/modules/go/go';
import { versionTag } from '../../core/modules/go/go-mod';
import type { SourceGit, TagHost } from '../../core/ports/git';
import type { OpenTagIndex } from '../../core/ports/packages';
import type { Claims } from '../../core/ports/store';

interface GoTagsOptions {
  readonly git: Pick<SourceGit, 'resolve' | 'holds'>;
  readonly tags: Pick<TagHost, 'createTag'>;
  /** Binds versions to content. It also remembers which content was tested under a development version, which has no tag. */
  readonly claims: Claims;
}

/** Creates access to the tags of modules, which are never moved. One on the planned commit is no release until a run has claimed it. */
export function createGoTags({ git, tags, claims }: GoTagsOptions): OpenTagIndex {
  return ({ path, commit, contentDigest, run }) => {
    const isTested = async (name: string, version: string) =>
      (await claims.find(GO.claimName(name), version))?.digest === contentDigest;
    const isReleased = async (name: string, version: string) => {
      const tagged = await commitOf(versionTag(path, name, version), git);
      if (tagged === undefined) return false;
      return tagged !== commit || (await claims.find(GO.claimName(name), version)) !== undefined;
    };
    return {
      find: async () => undefined,
      files: async (name, version) => {
        const isThere = GO.isDevelopment(version) ? isTested : isReleased;
        return (await isThere(name, version)) ? [modFile(version)] : [];
      },
      add: async (name, version) => {
        if (GO.isDevelopment(version)) {
          await claims.claim({ image: GO.claimName(name), version, digest: contentDigest, run });
          return;
        }
        const tag = versionTag(path, name, version);
        const attempt = await tags.createTag({ name: tag, commit, message: `${name} v${version}\n` });
        if (attempt.kind === 'other') throw taken(tag, attempt.commit);
      },
    };
  };
}

function taken(tag: string, commit: string): PipelineError {
  const message = `the tag ${tag} is on commit ${commit.slice(0, 8)} by now, and no tag is moved; remove it if it is not in use, or change the module, then start the run again`;
  return new PipelineError(ERROR_NAMES.packageIndex, message);
}

async function commitOf(tag: string, git: GoTagsOptions['git']): Promise<string | undefined> {
  try {
    return await git.resolve(`refs/tags/${tag}`);
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}
