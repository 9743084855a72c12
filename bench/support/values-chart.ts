/** A values file of a given size, in the shape of the real one: one anchor, and a block with an alias of it per service. */

/** The text. Every service has `lines` lines, its image among them. */
export function makeChart(services: number, lines: number): string {
  const blocks = Array.from({ length: services }, (_, index) =>
    [
      `service${index}:`,
      '  image:',
      `    repository: registry.example/namespace/service${index} # built by the pipeline`,
      '    tag: *tag',
      '    pullPolicy: IfNotPresent',
      ...Array.from({ length: lines - 5 }, (__, line) => `  setting${line}: "value ${line}"`),
    ].join('\n'),
  );
  return `# Values of the chart\ntag: &tag v1.3.0\n${blocks.join('\n')}\n`;
}
