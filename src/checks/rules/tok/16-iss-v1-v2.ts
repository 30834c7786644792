import type { Check } from '../../check.ts';
import { isTaken, tokenAnswer } from '../../flow.ts';
import { thread } from '../../references.ts';

export const check: Check = {
  code: 'TOK-16',
  name: 'iss-v1-v2',
  severity: 'broken',
  references: [thread('MicrosoftDocs/azure-docs', 14676)],
  *find(view) {
    const { token, issuer = '' } = view.examination.flow ?? {};
    const iss = token?.claims?.iss;
    if (iss === undefined || iss === issuer) return;
    const isOld = /^https:\/\/sts\.windows\.net\//.test(iss) && /\/v2\.0\/?$/.test(issuer);
    const taken = isTaken(view);
    if (!isOld && taken !== false) return;
    const answer = tokenAnswer(view);
    yield {
      title: isOld
        ? 'Entra ID issues tokens of version 1.0 for this server, and the sign-in is at version 2.0.'
        : 'The token names another issuer than the one whose sign-in it comes from.',
      detail: `A server that checks iss against the issuer of the metadata refuses it.${taken ? ' This one takes it.' : ''}`,
      remedy: isOld
        ? 'In the manifest of the application that stands for the server, set requestedAccessTokenVersion to 2 (api.requestedAccessTokenVersion); or let the server expect the v1.0 issuer.'
        : 'Use one issuer, letter for letter, in the metadata, in tokens and in the server’s settings.',
      evidence: answer ? [answer.id] : [],
      comparison: {
        seenIn: 'iss of the token',
        seen: iss,
        expectedFrom: 'issuer of the metadata',
        expected: issuer,
      },
      severity: taken ? 'note' : 'broken',
    };
  },
};
