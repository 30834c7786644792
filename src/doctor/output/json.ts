import { jsonLine } from '../../base/text.ts';
import type { Diagnosis } from '../diagnosis.ts';

/**
 * The report for programs; `docs/doctor.schema.json` describes it. Several targets make an array. What discovery
 * read is told by its exchanges, which are redacted, so the documents themselves are left out there.
 */
export function toJson(diagnoses: readonly Diagnosis[], several: boolean): string {
  const reports = diagnoses.map(diagnosis => {
    const { discovery, ...examination } = diagnosis.examination;
    return {
      ...diagnosis,
      examination: { ...examination, ...(discovery ? { discovery: withoutRaw(discovery) } : {}) },
    };
  });
  return `${jsonLine(several ? reports : reports[0])}\n`;
}

function withoutRaw(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRaw);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => (name === 'raw' ? [] : [[name, withoutRaw(each)]])),
  );
}
