import type { Check } from '../../check.ts';
import { STREAMABLE_NEXT, TRANSPORTS } from '../../references.ts';

export const check: Check = {
  code: 'NET-09',
  name: 'origin-403',
  severity: 'fragile',
  references: [STREAMABLE_NEXT, TRANSPORTS],
  *find(view) {
    const named = view.answer('post-origin');
    const plain = view.answer('post-empty');
    if (named?.status !== 403 || !plain || plain.status === 403 || plain.status === 0) return;
    const preflight = view.answer('preflight');
    const allowed = preflight?.field('access-control-allow-origin');
    if (allowed === '*' || allowed === 'https://client.example') {
      yield {
        title:
          'The server lets an origin in when a browser asks beforehand (OPTIONS), and refuses the request itself (403).',
        detail:
          'One part of it allows the origin and another does not, so a client in a browser is invited and then turned away. Programs, which send no Origin, are not concerned.',
        remedy: 'Have both parts go by the same list of origins.',
        evidence: [...(preflight ? [preflight.id] : []), plain.id, named.id],
      };
      return;
    }
    yield {
      title: 'The server refuses requests from an origin it does not know.',
      detail:
        'That is what it should do. Clients in a browser get through only from origins it is told of; programs, which send no Origin, are not concerned.',
      remedy: 'If a client in a browser is to work, add its origin to those the server allows.',
      evidence: [plain.id, named.id],
      // Refusing origins one does not know is what the specification asks for; ours is made up.
      severity: 'note',
    };
  },
};
