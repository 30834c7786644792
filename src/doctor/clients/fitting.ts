import type { Finding } from '../../checks/check.ts';
import type { Examination } from '../../checks/examination.ts';
import { flat } from '../../checks/judge.ts';
import type { ExchangeId } from '../../trace/event.ts';
import type { ClientWalk, WalkStep } from './notes.ts';

/**
 * The ways with a finding of the report beside where they end. What a client met has a code of its own; where the
 * report has not found that, the root cause stands there that rests on the same answers, the last one first; and no
 * code where there is none.
 */
export function fitting(
  walks: readonly ClientWalk[],
  findings: readonly Finding[],
  { exchanges }: Examination,
): ClientWalk[] {
  const found = new Set(flat(findings).map(({ code }) => code));
  const urlOf = (id: ExchangeId) => exchanges[id]?.request.url;
  const rests = (test: (id: ExchangeId) => boolean) =>
    findings.find(root =>
      flat([root]).some(({ severity, evidence }) => severity !== 'note' && evidence.some(test)),
    )?.code;
  const causeOf = (steps: readonly WalkStep[]): string | undefined => {
    const astray = steps.filter(({ verdict }) => !/\bfound$/.test(verdict)).toReversed();
    const codes = [
      ...astray.map(({ exchange }) => exchange && rests(id => id === exchange)),
      ...astray.map(({ url }) => rests(id => urlOf(id) === url)),
    ];
    return codes.find(code => code !== undefined && code !== '');
  };
  return walks.map(({ code, ...walk }) => {
    const goesWrong = walk.result === 'stops' || walk.result === 'guesses';
    if (!goesWrong || (code !== undefined && found.has(code)))
      return code === undefined ? walk : { ...walk, code };
    const cause = causeOf(walk.steps);
    return cause === undefined ? walk : { ...walk, code: cause };
  });
}
