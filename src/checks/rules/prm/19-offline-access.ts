import { challengedScope } from '../../../oauth/challenge.ts';
import { OFFLINE } from '../../../oauth/scope.ts';
import type { Check } from '../../check.ts';
import { AUTHORIZATION_NEXT } from '../../references.ts';
import { strings } from '../../view.ts';

export const check: Check = {
  code: 'PRM-19',
  name: 'offline-access-in-prm',
  severity: 'note',
  references: [AUTHORIZATION_NEXT],
  *find(view) {
    const places = [
      ...view.readDocuments
        .filter(({ json }) => strings(json?.scopes_supported).includes(OFFLINE))
        .map(({ id }) => ({ id, where: 'scopes_supported of the resource metadata' })),
      ...view.refusals
        .filter(({ challenges }) => challengedScope(challenges)?.includes(OFFLINE))
        .map(({ id }) => ({ id, where: 'the challenge' })),
    ];
    if (places.length === 0) return;
    yield {
      title: `The server asks for ${OFFLINE} in ${[...new Set(places.map(({ where }) => where))].join(' and in ')}.`,
      detail:
        'Whether a client may renew its sign-in is between client and authorization server. No resource requires it, and a server should not ask for it.',
      remedy: `List ${OFFLINE} in scopes_supported of the authorization server’s metadata only.`,
      evidence: places.map(({ id }) => id),
    };
  },
};
