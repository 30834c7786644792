import type { FaultJson } from '../../../base/fault.ts';
import type { Check } from '../../check.ts';
import { isUnanswered } from '../../gate.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'NET-04',
  name: 'proxy-required',
  severity: 'broken',
  references: [
    rfc(9110, '15.5.8'),
    thread('upstash/context7', 2915),
    thread('kirich1409/krozov-ai-tools', 298),
  ],
  *find(view) {
    const { proxy, exchanges } = view.examination;
    const failed = (test: (fault: FaultJson) => boolean) =>
      Object.values(exchanges).find(({ outcome }) => outcome.kind === 'failed' && test(outcome.fault));
    const refused = failed(fault => fault.data?.proxy !== undefined);
    const fault = refused?.outcome.kind === 'failed' ? refused.outcome.fault : proxy?.failure;
    if (fault) {
      yield {
        title: fault.message,
        detail: 'It lies with this machine’s settings, not with the server, which was not reached.',
        ...(fault.remedy ? { remedy: fault.remedy } : {}),
        evidence: refused ? [refused.id] : [],
      };
      return;
    }
    const late = failed(({ code }) => code === 'net.timeout');
    const [configured] = proxy?.configured ?? [];
    if (!late || !isUnanswered(view) || proxy?.used || !configured) return;
    yield {
      title: `${view.target.host} is reached without the proxy that this machine has, and does not answer.`,
      detail: `${configured.variable} names ${configured.origin}, but it does not count for this address: it is for the other scheme, or NO_PROXY leaves the host out.`,
      remedy: `Where the way out leads through the proxy, set ${view.target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'}, and take the host out of NO_PROXY.`,
      evidence: [late.id],
    };
  },
};
