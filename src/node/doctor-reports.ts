import { writeFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import { checksOf } from '../doctor/diagnose.ts';
import type { Diagnosis } from '../doctor/diagnosis.ts';
import { type Form, reportIn } from '../doctor/output/report.ts';
import { toText } from '../doctor/output/text.ts';
import { usage } from './argument-text.ts';
import type { DoctorFlags } from './doctor-arguments.ts';
import { print } from './terminal.ts';
import { VERSION } from './version.ts';

/**
 * Writes the report in every form that was asked for: each to its file, one to stdout, which without it has the
 * words for people. Throws `usage.flag` for a file that cannot be written.
 */
export function writeReports(diagnoses: readonly Diagnosis[], flags: DoctorFlags): void {
  for (const { form, file } of flags.outputs) {
    if (file !== undefined) writeTo(`--${form}`, file, written(form, diagnoses, flags));
  }
  const printed = flags.outputs.find(({ file }) => file === undefined);
  print(printed ? written(printed.form, diagnoses, flags) : words(diagnoses, flags));
}

function written(form: Form, diagnoses: readonly Diagnosis[], flags: DoctorFlags): string {
  return reportIn(form, diagnoses, {
    several: flags.several,
    checks: checksOf(flags),
    failOn: flags.failOn,
    version: VERSION,
    targetsFile: withinHere(flags.targetsFile),
    places: flags.targets.map(({ place }) => place),
  });
}

/** The path as code scanning wants it, from here down; a file elsewhere has no place in the repository. */
function withinHere(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const from = relative(process.cwd(), path);
  return isAbsolute(from) || /^\.\.(?:[\\/]|$)/.test(from) ? undefined : from;
}

function words(diagnoses: readonly Diagnosis[], { verbose, asClient }: DoctorFlags): string {
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const width = Math.min(process.stdout.columns || 80, 110);
  return diagnoses.map(each => toText(each, { colour, width, verbose, asClient })).join('\n');
}

/**
 * Writes what a flag asked for. What is said of a server may be nobody else's business, so the file is the
 * user's alone. Throws `usage.flag`.
 */
export function writeTo(flag: string, path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    throw usage(
      `${flag}: ${path} cannot be written (${(error as NodeJS.ErrnoException).code}).`,
      'Name a file in a folder you can write.',
    );
  }
}
