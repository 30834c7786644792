import { CHECKS } from '../checks/all.ts';
import type { Check } from '../checks/check.ts';
import type { Examination } from '../checks/examination.ts';
import { judgeInTurns } from '../checks/judge.ts';
import { type Diagnosis, isUnreachable, unseenIn } from './diagnosis.ts';
import type { Step } from './steps.ts';
import { stopsOf } from './stops.ts';
import { fitting, walks } from './walk.ts';

export interface DiagnoseOptions {
  /** Version of Keybridge. */
  version: string;
  /** The part that was examined; absent for all of it. */
  only?: Step | undefined;
  /** Codes (`PRM-05`) and areas (`PRM-*`) that are left out. */
  ignore?: readonly string[] | undefined;
  /** Lets other work of the process have its turn. */
  pause?: (() => Promise<void> | undefined) | undefined;
}

/** What the doctor says of an examination. */
export async function diagnose(
  examination: Examination,
  { version, only, ignore = [], pause = () => undefined }: DiagnoseOptions,
): Promise<Diagnosis> {
  // Of one part alone nobody can tell who gets through.
  const walked = only === undefined ? walks(examination) : [];
  const findings = await judgeInTurns(examination, checksOf({ only }), pause, {
    stops: only === undefined ? stopsOf(examination, walked) : [],
    isIgnored: code => isIgnored(code, ignore),
  });
  const unseen = only === undefined ? unseenIn(examination) : undefined;
  return {
    schema: 1,
    version,
    target: examination.target,
    unreachable: isUnreachable(examination),
    findings,
    clients: fitting(walked, findings, examination),
    ...(unseen === undefined ? {} : { unseen }),
    examination,
  };
}

/** The rules that are asked for. What follows from an ignored finding stands by itself. */
export function checksOf({ only, ignore = [] }: Pick<DiagnoseOptions, 'only' | 'ignore'>): readonly Check[] {
  return CHECKS.filter(({ code }) => {
    const isPart = only === undefined || areaOf(code).toLowerCase() === only;
    return isPart && !isIgnored(code, ignore);
  });
}

function isIgnored(code: string, ignore: readonly string[]): boolean {
  return ignore.includes(code) || ignore.includes(`${areaOf(code)}-*`);
}

function areaOf(code: string): string {
  return code.replace(/-.*/, '');
}
