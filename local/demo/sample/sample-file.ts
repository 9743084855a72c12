/** Files of the sample monorepo before they are written. */

export interface SampleFile {
  /** Relative to the repository's root, with `/`. */
  readonly path: string;
  readonly content: string;
  readonly executable?: boolean;
}

/** Text of lines, with a newline behind each. */
export function lines(...all: readonly (string | readonly string[])[]): string {
  return `${all.flat().join('\n')}\n`;
}

/** `grafana-nginx` and `optscale_client/config_client` as names that Python and YAML anchors allow. */
export function identifier(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_');
}
