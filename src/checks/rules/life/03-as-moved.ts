import { asStrings } from '../../../base/json.ts';
import type { Check } from '../../check.ts';
import { recorded } from '../../history.ts';
import { REGISTRATION_NEXT } from '../../references.ts';

export const check: Check = {
  code: 'LIFE-03',
  name: 'as-moved',
  severity: 'broken',
  references: [REGISTRATION_NEXT],
  *find(view) {
    const lists = recorded(view, 'resource-metadata').flatMap(answer => {
      const resource = answer.json?.resource;
      const issuers = asStrings(answer.json?.authorization_servers);
      return answer.status === 200 && issuers?.[0] && typeof resource === 'string'
        ? [{ answer, resource, issuers }]
        : [];
    });
    for (const { answer, resource, issuers } of lists) {
      const later = lists.find(
        each =>
          each.resource === resource &&
          each.answer.exchange.startedAt > answer.exchange.startedAt &&
          !each.issuers.some(issuer => issuers.includes(issuer)),
      );
      if (!later) continue;
      yield {
        title: `The server has moved from the authorization server ${issuers[0]} to ${later.issuers[0]}.`,
        detail:
          'Clients and tokens of the old one must not be shown to the new one. Users have to sign in again, and clients with an id by hand need another.',
        remedy:
          'Announce the move; leave the old authorization server running until its tokens have ended. Users: sign in again.',
        evidence: [answer.id, later.answer.id],
      };
      return;
    }
  },
};
