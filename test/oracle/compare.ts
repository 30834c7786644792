import { flat } from '../../src/checks/judge.ts';
import type { Diagnosis } from '../../src/doctor/diagnosis.ts';

/** Fragile and unsafe findings that can stand beside a bridge and clients that all get on: others than those walked fail. */
const BORNE =
  /^(?:NET-(?:01|06|09|12|13|16|18)|URL-0[23568]|CHL-(?:0[1246]|05|1[1467])|PRM-(?:01|05|20|21|22)|ASM-(?:02|03|04|08|15|16|18|19|20|23|24|25|26)|REG-(?:06|07|08|15)|AZ-1[15]|TOK-(?:08|10|11|12|17|20)|MCP-(?:05|07|14))$/;

/** Broken for whoever meets it, which a sign-in that goes well does not. */
const BROKEN_ELSEWHERE = new Set(['TOK-08', 'URL-02', 'ASM-08', 'ASM-16']);

/** What was seen of one bent server. */
export interface Seen {
  /** Why the bridge does not get on; `undefined` where it does. */
  failure: string | undefined;
  diagnosis: Diagnosis;
  /** Whether the doctor's exit code says that something is wrong. */
  isFailure: boolean;
  /** Whether a request came to the bent spot. */
  isBent(request: { method: string; url: string }): boolean;
}

/** What the three witnesses do not agree on; nothing where they do. */
export function compare({ failure, diagnosis, isFailure, isBent }: Seen): string | undefined {
  const { clients, findings, examination } = diagnosis;
  const stopped = clients.filter(({ result, steps }) => result === 'stops' && steps.length > 0);
  const own = clients.find(({ client }) => client === 'keybridge');
  const above = flat(findings).filter(({ severity }) => severity !== 'note');
  const told = [
    `bridge: ${failure ?? 'gets on'}`,
    `clients: ${stopped.map(({ title, reason }) => `${title} stops ${reason}`).join('; ') || 'none stops'}`,
    `Keybridge walked: ${own?.result} ${own?.reason}`,
    `doctor: ${above.map(({ code, severity, title }) => `${code} ${severity} ${title}`).join('; ') || 'nothing'}`,
  ].join('\n    ');
  if (failure !== undefined && own?.result === 'through')
    return `the walk gets through, the bridge does not\n    ${told}`;
  if (failure === undefined && own?.result === 'stops')
    return `the bridge gets on, the walk does not\n    ${told}`;
  if (failure !== undefined || stopped.length > 0) {
    if (!isFailure) return `somebody is stopped and the exit code is 0\n    ${told}`;
    const isShown = above.some(({ evidence }) =>
      evidence.some(id => {
        const request = examination.exchanges[id]?.request;
        return request !== undefined && isBent(request);
      }),
    );
    return isShown ? undefined : `no finding rests on the bent answer\n    ${told}`;
  }
  const loud = above.filter(
    ({ code, severity }) => (severity === 'broken' && !BROKEN_ELSEWHERE.has(code)) || !BORNE.test(code),
  );
  return loud.length > 0 ? `nobody is stopped, and something is found\n    ${told}` : undefined;
}
