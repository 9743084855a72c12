/** The section of the reference about tools that make images without a Dockerfile, made of the table that the code uses. */
import { IMAGE_TOOLS, type ImageTool } from '../../core/catalog/commands/image-tools';
import { type Column, table } from './table';

type Row = readonly [name: string, tool: ImageTool];

const COLUMNS: readonly Column<Row>[] = [
  ['`build.tool`', ([name]) => `\`${name}\``],
  ['makes images of', ([, { makes }]) => makes],
  ['needs', ([, { needs }]) => needs.map((program) => `\`${program}\``).join(', ')],
  ['also reads, if they exist', ([, { reads }]) => reads.map((pattern) => `\`${pattern}\``).join(' ') || 'nothing'],
  ['remarks', ([, { note }]) => note],
  ['proved', ([, { proved }]) => proved],
  ['documentation', ([, { page }]) => `[page](${page})`],
];

/** Returns the section. */
export function imageToolsSection(): string {
  return `## Image tools

A service with \`build: { tool: ko }\` is made by that tool from its folder \`path\`. Without \`inputs\`, the files of that folder count, and those of the column *also reads*
at the repository's root. Further options are \`build.args\`. \`build.install\` is run if a program is missing.

${table(COLUMNS, Object.entries<ImageTool>(IMAGE_TOOLS))}`;
}
