/** From what a person wrote to the whole catalog: every default filled in. */
import type { Catalog, Service, Stage } from './catalog';
import type { CatalogFile, ServiceEntry } from './catalog-schema';

const DEFAULT_PRIORITY = 2;
const DEFAULT_MINUTES = 10;

/** The catalog that the file means. Services are sorted by name, stages and modules stay in the file's order. */
export function expandCatalog(file: CatalogFile): Catalog {
  const stages = (file.stages ?? [{ name: 'services', needs: [] }]).map(expandStage);
  const fallback = { stage: stages[0]?.name ?? '', ...file.defaults };
  return {
    platformVersion: file.platform,
    stages,
    modules: Object.entries(file.modules).map(([name, module]) => ({ name, ...module })),
    services: Object.entries(file.services)
      .map(([name, entry]) => expandService(name, { ...fallback, ...entry }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function expandStage(stage: Omit<Stage, 'title'> & { readonly title?: string }): Stage {
  const words = stage.name.replaceAll('_', ' ').trim();
  return { ...stage, title: stage.title ?? words.charAt(0).toUpperCase() + words.slice(1) };
}

function expandService(name: string, entry: ServiceEntry & { readonly stage: string }): Service {
  const { category, context = '', path = name, ...rest } = entry;
  return {
    ...rest,
    name,
    path,
    image: entry.image ?? name,
    dockerfile: entry.dockerfile ?? (path === '' ? 'Dockerfile' : `${path}/Dockerfile`),
    context: context === 'service' ? path : context,
    platforms: entry.platforms ?? [],
    priority: entry.priority ?? DEFAULT_PRIORITY,
    minutes: entry.minutes ?? DEFAULT_MINUTES,
    values: entry.values ?? [`${name.includes('.') ? `["${name}"]` : name}.image.tag`],
    categories: category,
  };
}
