/** The graph of a catalog: stages, services, modules, the edges between them, and the effects of a change. */
import type { Catalog, Module, Service } from '../catalog/model';
import { type Comparison, differenceReasons } from '../compare/compare';
import type { Reason } from '../contract/plan';
import { entriesAt } from '../input-digest/input-digest';
import type { ServiceInputs } from '../input-digest/inputs';
import { folderRange, type TreeIndex } from '../input-digest/tree-index';
import { isWithin } from '../text/clean-path';

export interface Graph {
  readonly commit: string;
  /** Null if no change is shown. */
  readonly base: string | null;
  readonly stages: readonly GraphStage[];
  readonly modules: readonly GraphModule[];
  readonly services: readonly GraphService[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphStage {
  readonly name: string;
  readonly title: string;
  readonly needs: readonly string[];
}

export interface GraphModule {
  readonly name: string;
  readonly path: string;
  readonly isChanged: boolean;
}

export interface GraphService {
  readonly name: string;
  readonly stage: string;
  /** The service's parallel group in the catalog. The page can fold it. */
  readonly group?: string;
  readonly path: string;
  readonly dockerfile: string;
  readonly minutes: number;
  /** True if the change makes the service build. */
  readonly isBuilt: boolean;
  readonly reasons: readonly Reason[];
}

/** `declared`: a module that only the catalog names. `read`: a module that the build reads. `image`: a service whose image the build uses. */
export interface GraphEdge {
  readonly kind: 'declared' | 'read' | 'image';
  /** Name of a module, or of a service for `image`. */
  readonly from: string;
  readonly to: string;
  /** True if the change reaches the service along this edge. */
  readonly isHit: boolean;
}

export interface GraphParts {
  readonly catalog: Catalog;
  readonly comparison: Comparison;
  readonly tree: TreeIndex;
  /** Undefined if no change is shown. */
  readonly baseTree: TreeIndex | undefined;
}

/** Builds the graph of a commit, with the effects of its differences from the base. Services that cannot be planned have no edges. */
export function buildGraph({ catalog, comparison, tree, baseTree }: GraphParts): Graph {
  const reasons = new Map(
    catalog.services.map((service) => [service.name, baseTree === undefined ? [] : reasonsFor(service, comparison)]),
  );
  const services = catalog.services.map((service): GraphService => {
    const { name, stage, group, path, dockerfile, minutes } = service;
    const why = reasons.get(name) ?? [];
    const grouped = group === undefined ? {} : { group };
    return { name, stage, ...grouped, path, dockerfile, minutes, isBuilt: why.length > 0, reasons: why };
  });
  return {
    commit: comparison.commit,
    base: baseTree === undefined ? null : comparison.base,
    stages: catalog.stages.map(({ name, title, needs }) => ({ name, title, needs })),
    modules: catalog.modules.map((module) => ({
      name: module.name,
      path: module.path,
      isChanged: baseTree !== undefined && contentOf(module, tree) !== contentOf(module, baseTree),
    })),
    services,
    edges: catalog.services.flatMap((service) =>
      edgesTo(service, catalog, comparison.inputs.get(service.name), reasons.get(service.name) ?? []),
    ),
  };
}

/** Returns why the change makes the service build; empty if it does not. */
function reasonsFor(service: Service, { inputs, before, newText }: Comparison): readonly Reason[] {
  const now = inputs.get(service.name);
  const earlier = before.get(service.name);
  if (now === undefined || earlier?.inputDigest === now.inputDigest) return [];
  if (earlier === undefined) return [{ kind: 'never-released', text: newText }];
  return differenceReasons(service, earlier, now);
}

function edgesTo(
  service: Service,
  { modules }: Catalog,
  inputs: ServiceInputs | undefined,
  reasons: readonly Reason[],
): readonly GraphEdge[] {
  if (inputs === undefined) return [];
  const read = inputs.files.filter(({ rule }) => !rule.startsWith('declared module ')).map(({ path }) => path);
  const fromModules = modules.flatMap(({ name, path }): readonly GraphEdge[] => {
    const isRead = read.some((file) => isWithin(file, path));
    if (!isRead && !service.dependencies.includes(name)) return [];
    const isHit = reasons.some((reason) => reason.path !== undefined && isWithin(reason.path, path));
    return [{ kind: isRead ? 'read' : 'declared', from: name, to: service.name, isHit }];
  });
  const fromImages = inputs.images.map((name): GraphEdge => {
    const isHit = reasons.some(({ kind, text }) => kind === 'recipe-changed' && text.startsWith(`image:${name} `));
    return { kind: 'image', from: name, to: service.name, isHit };
  });
  return [...fromModules, ...fromImages];
}

/** Returns a text that differs if any file of the module differs. */
function contentOf({ path }: Module, tree: TreeIndex): string {
  const entries = entriesAt(tree, folderRange(tree, path));
  return entries.map((entry) => `${entry.path}\0${entry.mode}${entry.id}`).join('\n');
}
