/** The schema of the gate between builds and versions: the scanner, the severity, and the waivers. */
import * as z from 'zod';
import { GATE_SEVERITIES, SCANNERS } from '../../contract/scan/scan';
import { pathInRepository } from '../files/text';

export const Scan = z.strictObject({
  /** The scanner: `ecr` reads the findings of ECR itself, basic or enhanced; `trivy` runs the program of that name, on one machine only. @example "ecr" */
  from: z.enum(SCANNERS),
  /** The severity from which on an image gets no version. */
  severity: z.enum(GATE_SEVERITIES).default('CRITICAL'),
  /** The path of the file with waivers in the monorepo. Without the file there are none. */
  waivers: pathInRepository.default('image-waivers.yaml'),
  /** `report` lets promotions pass whatever is found, because their images are released already; `block` treats them like releases. */
  promotions: z.enum(['report', 'block']).default('report'),
  /** Minutes that a run waits for the scanner. After them it fails, and no image has its version. */
  minutes: z.int().min(1).max(240).default(30),
});

export type Scan = z.infer<typeof Scan>;
