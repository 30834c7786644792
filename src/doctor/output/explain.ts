import { CATALOGUE, type Detection, type Entry } from '../../checks/catalogue.ts';
import type { Check } from '../../checks/check.ts';
import { pad, wrap } from './layout.ts';

/** How an entry is seen, by its letter in the catalogue. */
const DETECTIONS: Readonly<Record<Detection, string>> = {
  P: 'by asking without signing in',
  A: 'with --active, which leaves traces at the server',
  F: 'with --login, during a sign-in',
  L: 'on this machine',
  R: 'with --from-trace, in what a bridge recorded',
  config: 'in the configuration of the server only',
};

const SEVERITIES = {
  broken: 'clients that follow the specification fail',
  fragile: 'some clients fail',
  unsafe: 'it works, and should not',
  note: 'good to know',
} as const;

/**
 * Everything known of a code, or a line for each code of an area (`PRM`) or of all of them (no word at all).
 * `undefined` for what is neither.
 */
export function explain(
  word: string | undefined,
  checks: readonly Check[],
  width: number,
): string | undefined {
  const wanted = word?.trim().toUpperCase();
  const entry = CATALOGUE.find(({ code }) => code === wanted);
  if (entry) return one(entry, checks, width);
  const area = wanted?.replace(/-\*?$/, '');
  const entries = CATALOGUE.filter(({ code }) => area === undefined || code.startsWith(`${area}-`));
  if (entries.length === 0) return undefined;
  return entries.map(({ code, severity, name }) => `${pad(code, 8)}${pad(severity, 9)}${name}\n`).join('');
}

function one(entry: Entry, checks: readonly Check[], width: number): string {
  const { code, name, severity, detection, words, mend, why } = entry;
  const check = checks.find(each => each.code === code);
  const causes = check?.follows ?? [];
  const consequences = checks.filter(({ follows }) => follows?.includes(code)).map(each => each.code);
  const seen = detection.map(each => DETECTIONS[each]).join(', or ');
  const level = check?.severity ?? severity;
  const paragraphs = [
    words,
    `Mend: ${mend}`,
    `It is ${level}: ${SEVERITIES[level]}. Seen ${seen}.`,
    ...(check ? [] : [`The doctor has no rule for it.${why ? ` ${why}` : ''}`]),
    ...(causes.length > 0 ? [`It may follow from ${causes.join(', ')}.`] : []),
    ...(consequences.length > 0 ? [`From it may follow ${consequences.join(', ')}.`] : []),
  ];
  return [
    `${code} ${name}`,
    ...paragraphs.flatMap(each => ['', ...wrap(each, width)]),
    ...(check && check.references.length > 0 ? ['', 'See'] : []),
    ...(check?.references ?? []).map(({ title, url }) => `  ${title}: ${url}`),
    '',
  ].join('\n');
}
