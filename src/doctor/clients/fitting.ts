import type { Finding } from '../../checks/check.ts';
import type { Examination } from '../../checks/examination.ts';
import { flat } from '../../checks/judge.ts';
import type { ExchangeId } from '../../trace/event.ts';
import type { ClientWalk, WalkStep } from './notes.ts';

/**
 * The ways with a root cause of the report beside where they end: that of what the client met, where the report has
 * found it, else the one that rests on the same answers, the last one first, else the only one; and no code where there
 * is none.
 */
export function fitting(
  walks: readonly ClientWalk[],
  findings: readonly Finding[],
  { exchanges }: Examination,
): ClientWalk[] {
  const rootOf = (code: string | undefined) =>
    findings.find(root => flat([root]).some(each => each.code === code))?.code;
  const urlOf = (id: ExchangeId) => exchanges[id]?.request.url;
  const rests = (test: (id: ExchangeId) => boolean) =>
    findings.find(root =>
      flat([root]).some(({ severity, evidence }) => severity !== 'note' && evidence.some(test)),
    )?.code;
  const broken = findings.filter(({ severity }) => severity === 'broken');
  const only = broken.length === 1 ? broken[0]?.code : undefined;
  const causeOf = (steps: readonly WalkStep[]): string | undefined => {
    const astray = steps.filter(({ verdict }) => !/\bfound$/.test(verdict)).toReversed();
    const codes = [
      ...astray.map(({ exchange }) => exchange && rests(id => id === exchange)),
      ...astray.map(({ url }) => rests(id => urlOf(id) === url)),
    ];
    // Who took no step was stopped by something else.
    return codes.find(code => code !== undefined && code !== '') ?? (steps.length > 0 ? only : undefined);
  };
  return walks.map(({ code, ...walk }) => {
    const goesWrong = walk.result === 'stops' || walk.result === 'guesses';
    const cause = goesWrong ? (rootOf(code) ?? causeOf(walk.steps)) : undefined;
    return cause === undefined ? walk : { ...walk, code: cause };
  });
}
