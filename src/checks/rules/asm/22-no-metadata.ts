import type { Check } from '../../check.ts';
import { doorsOf, idsOf, isUndiscoverable } from '../../doors.ts';
import { AUTHORIZATION, DISCOVERY_NEXT, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-22',
  name: 'no-metadata-legacy-fallback',
  severity: 'broken',
  references: [
    AUTHORIZATION,
    DISCOVERY_NEXT,
    thread('microsoft/vscode', 261120),
    thread('microsoft/simplechat', 1017),
    thread('BuilderIO/agent-native', 5268),
  ],
  follows: [
    'NET-18',
    'CHL-13',
    'CHL-03',
    'CHL-04',
    'CHL-05',
    'PRM-04',
    'PRM-03',
    'PRM-06',
    'PRM-05',
    'PRM-01',
    'CHL-01',
  ],
  *find(view) {
    if (!isUndiscoverable(view)) return;
    const { origin } = view.target;
    const asked = view.issuers.flatMap(issuer => doorsOf(view, issuer));
    yield {
      title: 'The server wants a token and publishes nothing about where to get one.',
      detail: `Neither resource metadata nor the metadata of an authorization server is at ${origin}. Some clients then guess, as in 2025-03-26: ${origin}/authorize, /token and /register. The sign-in opens a page that does not exist.`,
      remedy: `Publish ${origin}/.well-known/oauth-protected-resource${view.target.pathname === '/' ? '' : view.target.pathname} with authorization_servers, and name it in the challenge.`,
      evidence: [
        ...view.refusals.slice(0, 1),
        ...view.finals('resource-named', 'resource-path', 'resource-root'),
      ]
        .map(({ id }) => id)
        .concat(idsOf(...asked)),
    };
  },
};
