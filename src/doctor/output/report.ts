import { jsonPage } from '../../base/text.ts';
import type { Check, Severity } from '../../checks/check.ts';
import type { Diagnosis } from '../diagnosis.ts';
import { toCurlScript } from './curl.ts';
import { toDoctorHar } from './har.ts';
import { toJson } from './json.ts';
import { toJunit } from './junit.ts';
import { toMarkdown } from './markdown.ts';
import { type Place, toSarif } from './sarif.ts';

/** The forms a report is written in, besides words for the terminal. */
export const FORMS = ['json', 'junit', 'sarif', 'markdown', 'har', 'curl'] as const;
export type Form = (typeof FORMS)[number];

export interface ReportOptions {
  /** True when several reports are asked for, however many there turn out to be. */
  several: boolean;
  /** The rules that were asked for. */
  checks: readonly Check[];
  failOn: Severity;
  /** Version of Keybridge. */
  version: string;
  /** The file the targets come from as code scanning wants it, and where in it each stands. */
  targetsFile?: string | undefined;
  places?: readonly (Place | undefined)[];
}

/** The report in one of its forms. */
export function reportIn(form: Form, diagnoses: readonly Diagnosis[], options: ReportOptions): string {
  const { several, checks, failOn, version, targetsFile, places = [] } = options;
  const examinations = diagnoses.map(({ examination }) => examination);
  switch (form) {
    case 'json':
      return toJson(diagnoses, several);
    case 'har':
      return `${jsonPage(toDoctorHar(examinations, version))}\n`;
    case 'junit':
      return toJunit(diagnoses, checks, failOn);
    case 'sarif':
      return toSarif(diagnoses, { checks, version, targetsFile, places });
    case 'markdown':
      return diagnoses.map(toMarkdown).join('\n');
    case 'curl':
      return examinations.map(toCurlScript).join('\n');
  }
}
