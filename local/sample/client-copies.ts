/**
 * Which modules of `optscale_client/` the images copy, though no table of the document says so: what makes the Dockerfiles, and
 * not the declared dependencies, the truth. By the public Dockerfiles of github.com/hystax/optscale at 4617ceb9e803; for admin,
 * monthly_bill_generator and payments, which upstream does not have, what their neighbours copy.
 */

const COPIES: Readonly<Record<string, string>> = {
  admin: 'config rest_api',
  auth: 'config rest_api',
  bi_exporter: 'config rest_api',
  bi_scheduler: 'config rest_api',
  booking_observer: 'config rest_api',
  bumischeduler: 'config rest_api',
  bumiworker: 'config herald insider metroculus rest_api',
  calendar_observer: 'config rest_api',
  cleanmongodb: 'config',
  demo_org_cleanup: 'config rest_api',
  diproxy: 'config rest_api',
  diworker: 'config herald insider rest_api',
  failed_imports_dataset_generator: 'config',
  gemini_scheduler: 'config rest_api',
  gemini_worker: 'config rest_api',
  herald: 'auth config',
  herald_executor: 'auth config herald rest_api',
  insider_api: 'config rest_api',
  insider_scheduler: 'config',
  insider_worker: 'config rest_api',
  katara_service: 'auth config rest_api',
  katara_worker: 'auth config katara rest_api',
  keeper: 'auth config',
  keeper_executor: 'auth config herald report rest_api',
  layout_cleaner: 'config rest_api',
  metroculus_api: 'config',
  metroculus_scheduler: 'config rest_api',
  metroculus_worker: 'config rest_api',
  monthly_bill_generator: 'config rest_api',
  ohsu: 'config rest_api',
  organization_violations: 'config rest_api',
  payments: 'auth config rest_api',
  pharos_receiver: 'config',
  pharos_worker: 'config',
  power_schedule: 'config rest_api',
  resource_discovery: 'config rest_api',
  resource_observer: 'config rest_api',
  resource_violations: 'config rest_api',
  restapi: 'arcee auth bulldozer config herald insider katara metroculus',
  risp_scheduler: 'config rest_api',
  risp_worker: 'config rest_api',
  slacker: 'auth config rest_api',
  slacker_executor: 'auth config rest_api slacker',
  trapper_scheduler: 'config rest_api',
  trapper_worker: 'config rest_api',
  users_dataset_generator: 'config',
  webhook_executor: 'config rest_api',
};

/** Names of the client modules that the service's Dockerfile copies without declaring them. */
export function clientCopies(service: string): readonly string[] {
  const copied = Object.hasOwn(COPIES, service) ? COPIES[service] : undefined;
  return copied === undefined ? [] : copied.split(' ').map((client) => `${client}_client`);
}
