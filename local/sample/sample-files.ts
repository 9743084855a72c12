/** All files of a sample monorepo, from a catalog alone: the same catalog always gives the same bytes. */
import type { Catalog, Module, Service } from '../../core/catalog/catalog';
import { clientCopies } from './client-copies';
import { moduleFiles } from './module-files';
import { plainService } from './plain-service';
import { pythonService } from './python-service';
import { chartFiles, documentFiles } from './root-files';
import type { SampleFile } from './sample-file';

/** Sorted by path, each path once. `catalogText` is put in as `pipeline.yaml`, `valuesPath` is where the chart's values file goes. */
export function sampleFiles(catalog: Catalog, catalogText: string, valuesPath: string): readonly SampleFile[] {
  const files = [
    ...catalog.modules.flatMap(moduleFiles),
    ...catalog.services.flatMap((service) => serviceFiles(service, catalog.modules)),
    ...chartFiles(catalog, valuesPath),
    ...documentFiles(catalog),
    { path: 'pipeline.yaml', content: catalogText },
  ];
  // Services of one family bring the same shared files.
  const unique = new Map(files.map((file) => [file.path, file]));
  return [...unique.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function serviceFiles(service: Service, modules: readonly Module[]): readonly SampleFile[] {
  const copied = [...service.dependencies, ...clientCopies(service.name)];
  const used = modules.filter(({ name }) => copied.includes(name));
  const plain = used.length === 0 ? plainService(service) : undefined;
  return plain ?? pythonService(service, used);
}
