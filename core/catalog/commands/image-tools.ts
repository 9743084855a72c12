/** Tools that make images without a Dockerfile: for each its command, its usual inputs, and what the machine needs. */
import type { CommandBuild } from '../model';

/** A tool as a table row. Its command is shell text that keeps the contract of commands (`IMAGE_COMMAND_ENV`). */
export interface ImageTool {
  /** What it makes images of. */
  readonly makes: string;
  /** The programs that must be on the machine. */
  readonly needs: readonly string[];
  /** Patterns of files outside of the service's folder that it reads if they exist. */
  readonly reads: readonly string[];
  /** Runs with the folder as `$project`, for bake the target as `$target`, and further options as `"$@"`. */
  readonly script: string;
  /** How labels and platforms are set, and what is not. */
  readonly note: string;
  readonly page: string;
  /** What was tried of it, beyond a program that notes its arguments. */
  readonly proved: string;
}

/** For a registry of this machine, which has no TLS. */
const HERE = 'case "$IMAGE" in 127.0.0.1:* | localhost:*)';

const JIB = `-Djib.to.image="$IMAGE" -Djib.container.labels="$IMAGE_LABELS" \${IMAGE_PLATFORMS:+-Djib.from.platforms="$IMAGE_PLATFORMS"} "$@"`;

export const IMAGE_TOOLS = {
  buildpacks: {
    makes: 'many languages, by Cloud Native Buildpacks',
    needs: ['pack', 'docker'],
    reads: [],
    script: `${HERE} set -- --network=host "$@" ;; esac
exec pack build "$IMAGE" --path="$project" --publish \${IMAGE_PLATFORMS:+--platform="$IMAGE_PLATFORMS"} \${IMAGE_NO_CACHE:+--clear-cache} --env="BP_IMAGE_LABELS=$(printf %s "$IMAGE_LABELS" | tr , ' ')" "$@"`,
    note: 'Name the builder in `args`: `[--builder, paketobuildpacks/builder-jammy-base]`. Buildpacks of Paketo set the labels. One platform',
    page: 'https://buildpacks.io/docs/for-platform-operators/how-to/integrate-ci/pack/cli/pack_build/',
    proved: 'its arguments',
  },
  'jib-maven': {
    makes: 'Java, by Maven',
    needs: ['java'],
    reads: ['pom.xml', '.mvn'],
    script: `cd "$project"
maven=mvn
if [ -x ./mvnw ]; then maven=./mvnw; fi
${HERE} set -- -Djib.allowInsecureRegistries=true "$@" ;; esac
exec "$maven" --batch-mode --no-transfer-progress compile com.google.cloud.tools:jib-maven-plugin:build ${JIB}`,
    note: 'The version of the plugin is that of `pom.xml`; pin it there. `mvnw` of the folder, otherwise `mvn`',
    page: 'https://github.com/GoogleContainerTools/jib/tree/master/jib-maven-plugin',
    proved: 'a real image',
  },
  'jib-gradle': {
    makes: 'Java, by Gradle',
    needs: ['java'],
    reads: ['settings.gradle*', 'build.gradle*', 'gradle.properties', 'gradle', 'gradlew'],
    script: `above=$project
while [ ! -x "$above/gradlew" ] && [ "$above" != . ]; do above=$(dirname "$above"); done
gradle=gradle
if [ -x "$above/gradlew" ]; then gradle=$PWD/$above/gradlew; fi
cd "$project"
${HERE} set -- -Djib.allowInsecureRegistries=true "$@" ;; esac
exec "$gradle" --no-daemon jib ${JIB}`,
    note: 'The build applies the plugin `com.google.cloud.tools.jib`. `gradlew` of the folder or of one above it, otherwise `gradle`',
    page: 'https://github.com/GoogleContainerTools/jib/tree/master/jib-gradle-plugin',
    proved: 'its arguments',
  },
  ko: {
    makes: 'Go',
    needs: ['ko', 'go'],
    reads: ['go.mod', 'go.sum', 'go.work', 'go.work.sum', 'vendor', '.ko.yaml'],
    script: `module=$project
while [ ! -e "$module/go.mod" ] && [ "$module" != . ]; do module=$(dirname "$module"); done
if [ -e .ko.yaml ] && [ ! -e "$module/.ko.yaml" ]; then export KO_CONFIG_PATH="$PWD"; fi
if [ "$module" = "$project" ]; then project=.; else project=\${project#"$module"/}; fi
cd "$module"
export KO_DOCKER_REPO="$IMAGE_REPOSITORY"
exec ko build --bare --tags="$IMAGE_TAG" --image-label="$IMAGE_LABELS" \${IMAGE_PLATFORMS:+--platform="$IMAGE_PLATFORMS"} --sbom=none "$@" "./$project"`,
    note: 'The folder has the package `main`. Packages outside of it go into `inputs`. Without SBOM, which ko would push as a tag',
    page: 'https://ko.build/reference/ko_build/',
    proved: 'a real image',
  },
  dotnet: {
    makes: '.NET, by its SDK (8.0.200 and later)',
    needs: ['dotnet'],
    reads: ['Directory.*', 'global.json', '[Nn]u[Gg]et.[Cc]onfig'],
    script: `case "$IMAGE_PLATFORMS" in
  linux/amd64) set -- --runtime=linux-x64 "$@" ;;
  linux/arm64) set -- --runtime=linux-arm64 "$@" ;;
esac
${HERE} export DOTNET_CONTAINER_INSECURE_REGISTRIES="\${IMAGE%%/*}" ;; esac
exec dotnet publish "$project" -t:PublishContainer -p:ContainerRegistry="\${IMAGE_REPOSITORY%%/*}" -p:ContainerRepository="\${IMAGE_REPOSITORY#*/}" -p:ContainerImageTags= -p:ContainerImageTag="$IMAGE_TAG" "$@"`,
    note: 'Only the project file sets labels (`ContainerLabel`) and several platforms (`ContainerRuntimeIdentifiers`)',
    page: 'https://learn.microsoft.com/en-us/dotnet/core/containers/publish-configuration',
    proved: 'its arguments',
  },
  bake: {
    makes: 'a target of a bake file',
    needs: ['docker'],
    reads: [],
    script: `cd "$project"
IFS=,
for label in $IMAGE_LABELS; do set -- --set="$target.labels.$label" "$@"; done
unset IFS
exec docker buildx bake --progress=plain --push --set="$target.tags=$IMAGE" \${IMAGE_PLATFORMS:+--set="$target.platform=$IMAGE_PLATFORMS"} \${IMAGE_NO_CACHE:+--no-cache} "$@" "$target"`,
    note: 'The folder has the bake file. `target` is its target, by default the name of the service. A service with a Dockerfile needs no bake',
    page: 'https://docs.docker.com/reference/cli/docker/buildx/bake/',
    proved: 'a real image',
  },
  nixpacks: {
    makes: 'many languages, by Nix',
    needs: ['nixpacks', 'docker'],
    reads: [],
    script: `IFS=,
for label in $IMAGE_LABELS; do set -- --label="$label" "$@"; done
unset IFS
exec nixpacks build "$project" --name="$IMAGE" \${IMAGE_PLATFORMS:+--platform="$IMAGE_PLATFORMS"} \${IMAGE_NO_CACHE:+--no-cache} "$@"`,
    note: 'Leaves the image to Docker, and the job pushes it. One platform. Its makers only maintain it',
    page: 'https://nixpacks.com/docs/cli',
    proved: 'its arguments',
  },
} as const satisfies Readonly<Record<string, ImageTool>>;

export type ImageToolName = keyof typeof IMAGE_TOOLS;

export const IMAGE_TOOL_NAMES = Object.keys(IMAGE_TOOLS) as [ImageToolName, ...ImageToolName[]];

/** What a catalog says about a tool. */
interface ToolUse {
  readonly tool: ImageToolName;
  readonly args: readonly string[];
  readonly target: string;
  /** Shell text that installs missing programs. */
  readonly install: string;
}

/**
 * Returns the command of a tool for a folder; `''` is the repository's root. Its text is part of the digest: another text of a later version
 * makes the images again, because it can make others.
 */
export function toolCommand({ tool, args, target, install }: ToolUse, folder: string): CommandBuild['command'] {
  const { needs, page, script } = IMAGE_TOOLS[tool];
  const text = `PATH="$HOME/go/bin:$HOME/.local/bin:$PATH"
has() {
  for program in ${needs.join(' ')}; do
    command -v "$program" > /dev/null || { printf '%s is not on this machine\\n' "$program" && return 1; }
  done
}
if [ -n "$1" ] && ! has; then sh -e -c "$1"; fi
has || { printf 'add build.install to the service, a command that installs it: ${page}\\n' && exit 127; }
project=$2 target=$3
shift 3
${script}`;
  return ['sh', '-e', '-c', text, tool, install, folder === '' ? '.' : folder, target, ...args];
}
