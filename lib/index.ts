/** What the package gives to a CDK app. */
export type { CatalogInput } from '../core/catalog/schema';
export type { SettingsInput } from '../core/settings/schema';
export { ImagePipeline, type ImagePipelineProps } from './image-pipeline';
export type { ExistingResources } from './pipeline';
export { EnvironmentRegistry, type EnvironmentRegistryProps } from './storage/environment-registry';
export type { ExistingSecrets } from './storage/secrets';
