import type { Check } from '../../check.ts';
import { audiences, expectedResource, isTaken, tokenAnswer } from '../../flow.ts';
import { rfc, SECURITY_NEXT, thread } from '../../references.ts';

export const check: Check = {
  code: 'TOK-13',
  name: 'aud-empty',
  severity: 'broken',
  references: [
    SECURITY_NEXT,
    rfc(8707, '2'),
    rfc(9068, '2.2'),
    thread('agentarea/agentarea', 381),
    thread('giantswarm/mcp-oauth', 440),
  ],
  *find(view) {
    const { token, issuer } = view.examination.flow ?? {};
    if (token?.format !== 'jwt' || audiences(token.claims ?? {}).length > 0) return;
    const resource = expectedResource(view);
    const answer = tokenAnswer(view);
    const taken = isTaken(view);
    yield {
      title: `The token of ${issuer} says of nobody that it is for them (aud is missing).`,
      detail: `The authorization server does not heed the "resource"${resource ? ` ${resource}` : ''} of the request.${taken ? ' The server takes the token all the same, so it also takes those of every other service of the same authorization server.' : ' A server that checks the audience, as it must, refuses it.'}`,
      remedy:
        'Put the requested resource into aud; where that cannot be, make the server’s URL the default audience.',
      evidence: answer ? [answer.id] : [],
      severity: taken ? 'unsafe' : 'broken',
    };
  },
};
