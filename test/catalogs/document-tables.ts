/** The tables of Cloud-Tuner's build strategy (version 1.0, 2025-10-01), as the document has them. */

export interface DocumentedService {
  readonly name: string;
  /** Below the namespace `invincibledocker24`; undefined where the document gives none. */
  readonly image?: string;
  readonly dependencies?: readonly string[];
  readonly priority?: number;
  readonly minutes?: number;
  readonly version?: string;
}

export interface MatrixRow {
  readonly category: string;
  readonly dependencies: readonly string[];
  readonly minutes: number;
  readonly priority: number;
  readonly group: string;
}

function rows(names: string): readonly DocumentedService[] {
  return words(names).map((name) => ({ name }));
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

const ADAPTER = 'cloud_adapter';
const TIME = 'optscale_time';
const EXCEPTIONS = 'optscale_exceptions';

/** Section 1, one table per category. Minutes and priorities of C1 and C2 stand in the appendix too. */
export const CATEGORIES: Readonly<Record<string, readonly DocumentedService[]>> = {
  A: [
    ...rows('etcd mariadb mongo rabbitmq redis phpmyadmin elk filebeat minio influxdb grafana'),
    { name: 'grafana-nginx', image: 'grafana_nginx' },
    ...rows('error_pages admin keeper herald slacker ohsu diproxy'),
    ...rows('thanos-receive thanos-storegateway thanos-query thanos-compactor thanos-web'),
    ...rows('pharos_receiver pharos_worker webhook_executor slacker_executor herald_executor keeper_executor'),
    ...rows('cleaninfluxdb cleanmongodb cleanelkdb layout_cleaner monthly_bill_generator'),
  ],
  B: [
    { name: 'bumischeduler', dependencies: [] },
    { name: 'insider_scheduler', dependencies: [TIME] },
    { name: 'metroculus_scheduler', dependencies: [TIME] },
    { name: 'trapper_scheduler', dependencies: [TIME] },
    { name: 'risp_scheduler', dependencies: [] },
    { name: 'gemini_scheduler', dependencies: [TIME] },
    { name: 'bi_scheduler', dependencies: [TIME] },
    { name: 'report_import_scheduler', dependencies: [] },
    { name: 'demo_org_cleanup', dependencies: [] },
    { name: 'resource_observer', dependencies: [] },
    { name: 'resource_violations', dependencies: [] },
    { name: 'calendar_observer', dependencies: [TIME] },
    { name: 'booking_observer', dependencies: [] },
    { name: 'organization_violations', dependencies: [] },
    { name: 'power_schedule', dependencies: [ADAPTER, TIME] },
  ],
  C1: [
    { name: 'restapi', dependencies: [ADAPTER, 'optscale_types'], priority: 0, minutes: 15 },
    { name: 'auth', dependencies: [TIME, EXCEPTIONS], priority: 0, minutes: 12 },
    { name: 'payments', dependencies: [TIME, EXCEPTIONS], priority: 0, minutes: 10 },
    { name: 'diworker', dependencies: [ADAPTER, TIME, 'optscale_data'], priority: 1, minutes: 12 },
    { name: 'bumiworker', dependencies: [ADAPTER, TIME], priority: 1, minutes: 10 },
  ],
  C2: [
    { name: 'insider_api', dependencies: [ADAPTER, TIME, EXCEPTIONS], priority: 1 },
    { name: 'insider_worker', dependencies: [TIME], priority: 2 },
    { name: 'metroculus_api', dependencies: [ADAPTER, TIME, EXCEPTIONS], priority: 1 },
    { name: 'metroculus_worker', dependencies: [ADAPTER, TIME], priority: 2 },
    { name: 'risp_worker', dependencies: [ADAPTER, TIME], priority: 2 },
    { name: 'trapper_worker', dependencies: [ADAPTER, TIME], priority: 2 },
    { name: 'gemini_worker', dependencies: [TIME], priority: 2 },
    { name: 'bi_exporter', dependencies: [TIME, EXCEPTIONS], priority: 2 },
    { name: 'resource_discovery', dependencies: [ADAPTER, TIME], priority: 1 },
    // Not in table C2, but the appendix gives it this category; table B has it as well.
    { name: 'power_schedule' },
  ],
  C3: [
    { name: 'ngui', dependencies: [], priority: 2 },
    { name: 'chat_agent', dependencies: [], priority: 3 },
    { name: 'agentic_chatbot', dependencies: [], priority: 3 },
    { name: 'failed_imports_dataset_generator', dependencies: [TIME], priority: 3 },
    { name: 'users_dataset_generator', dependencies: [TIME], priority: 3 },
  ],
  // Headed "8 services"; nine are listed.
  D: [
    ...rows('diworker katara_service katara_worker restapi ngui mongo'),
    { name: 'agentic_chatbot', version: 'v1.3.1' },
    { name: 'mcp-mongo', version: '0.1.0' },
    { name: 'mcp-maria', version: '0.1.0' },
  ],
};

/** Section 2: services per tools module. */
export const MODULES: Readonly<Record<string, readonly string[]>> = {
  cloud_adapter:
    words(`restapi diworker bumiworker insider_api metroculus_api metroculus_worker risp_worker trapper_worker
    power_schedule resource_discovery`),
  optscale_time: [
    ...words(`auth payments diworker bumiworker insider_api insider_worker insider_scheduler metroculus_api metroculus_worker
      metroculus_scheduler risp_worker trapper_worker trapper_scheduler gemini_worker gemini_scheduler bi_scheduler
      bi_exporter power_schedule resource_discovery`),
    // The table says "+ utilities": those of C3 that depend on it.
    ...words('failed_imports_dataset_generator users_dataset_generator'),
    // Only in table B; the table of section 2 does not have it.
    'calendar_observer',
  ],
  optscale_exceptions: words('auth payments insider_api metroculus_api bi_exporter'),
  optscale_data: ['diworker'],
  optscale_types: ['restapi'],
  optscale_password: [],
  cloudtuner_bill: [],
};

/** Section 3: services per stage, where it names them. Schedulers and category A are meant as a whole. */
export const STAGES: Readonly<Record<string, readonly string[]>> = {
  critical: words('restapi auth payments'),
  workers:
    words(`diworker bumiworker insider_api insider_worker metroculus_api metroculus_worker risp_worker trapper_worker
    resource_discovery power_schedule`),
  schedulers: words(`bi_exporter gemini_worker bumischeduler insider_scheduler metroculus_scheduler trapper_scheduler
    risp_scheduler gemini_scheduler bi_scheduler report_import_scheduler demo_org_cleanup resource_observer
    resource_violations calendar_observer booking_observer organization_violations`),
  frontend: words('ngui agentic_chatbot chat_agent'),
  stable: (CATEGORIES.A ?? []).map(({ name }) => name),
};

/** Section 6: build minutes of schedulers. */
export const SCHEDULER_MINUTES: Readonly<Record<string, number>> = {
  insider_scheduler: 3,
  metroculus_scheduler: 3,
  risp_scheduler: 3,
  trapper_scheduler: 3,
  gemini_scheduler: 3,
  bi_scheduler: 3,
};

function row(category: string, dependencies: string, minutes: number, priority: number, group: string): MatrixRow {
  return { category, dependencies: words(dependencies), minutes, priority, group };
}

/** The appendix: Service Build Matrix. */
export const MATRIX: Readonly<Record<string, MatrixRow>> = {
  restapi: row('C1', 'cloud_adapter optscale_types', 15, 0, 'Core-A'),
  auth: row('C1', 'optscale_time optscale_exceptions', 12, 0, 'Core-A'),
  payments: row('C1', 'optscale_time optscale_exceptions', 10, 0, 'Core-A'),
  diworker: row('C1', 'cloud_adapter optscale_time optscale_data', 12, 1, 'Workers-B'),
  bumiworker: row('C1', 'cloud_adapter optscale_time', 10, 1, 'Workers-B'),
  insider_api: row('C2', 'cloud_adapter optscale_time optscale_exceptions', 12, 1, 'Insider-C'),
  insider_worker: row('C2', 'optscale_time', 8, 2, 'Insider-C'),
  metroculus_api: row('C2', 'cloud_adapter optscale_time optscale_exceptions', 12, 1, 'Metroculus-D'),
  metroculus_worker: row('C2', 'cloud_adapter optscale_time', 10, 2, 'Metroculus-D'),
  risp_worker: row('C2', 'cloud_adapter optscale_time', 10, 2, 'RISP-E'),
  trapper_worker: row('C2', 'cloud_adapter optscale_time', 10, 2, 'Trapper-E'),
  gemini_worker: row('C2', 'optscale_time', 8, 2, 'Workers-F'),
  bi_exporter: row('C2', 'optscale_time optscale_exceptions', 8, 2, 'Workers-F'),
  resource_discovery: row('C2', 'cloud_adapter optscale_time', 10, 1, 'Workers-B'),
  power_schedule: row('C2', 'cloud_adapter optscale_time', 8, 2, 'Workers-B'),
};
