import type { Check } from '../../check.ts';
import { tokenAnswer } from '../../flow.ts';
import { rfc, thread } from '../../references.ts';

/** Seconds. Below that a date of whole seconds and a slow answer make the difference. */
const LEEWAY = 30;
const FAR = 300;

export const check: Check = {
  code: 'TOK-18',
  name: 'clock-skew',
  severity: 'fragile',
  references: [rfc(7519, '4.1.5'), thread('panva/openid-client', 454)],
  *find(view) {
    const answer = tokenAnswer(view);
    const claims = view.examination.flow?.token?.claims;
    if (!answer) return;
    const { startedAt, timing } = answer.exchange;
    const here = (startedAt + (timing.head ?? 0)) / 1000;
    const date = Date.parse(answer.field('date') ?? '') / 1000;
    const call = view.answer('call-initialize');
    const server = Date.parse(call?.field('date') ?? '') / 1000;
    const begins = Math.max(claims?.nbf ?? 0, claims?.iat ?? 0);
    if (begins > 0 && Number.isFinite(server) && begins - server > LEEWAY) {
      yield {
        title: `The server’s clock is ${Math.round(begins - server)} seconds behind that of the authorization server.`,
        detail: 'The token begins in the server’s future, so it refuses it until its own clock gets there.',
        remedy: 'Set both clocks by NTP, and allow a minute when checking nbf and iat.',
        evidence: [answer.id, ...(call ? [call.id] : [])],
      };
    }
    if (Number.isFinite(date) && Math.abs(date - here) > FAR) {
      const minutes = Math.round(Math.abs(date - here) / 60);
      yield {
        title: `The clock of this machine is ${minutes} minutes ${date > here ? 'behind' : 'ahead of'} that of the authorization server.`,
        detail: 'Clients that go by the clock take tokens for ended that are good, or the other way round.',
        remedy: 'Set the clock of the machine that is wrong.',
        evidence: [answer.id],
      };
    }
  },
};
