import type { Check } from '../../check.ts';
import { audiences, expectedResource, isTaken, tokenAnswer } from '../../flow.ts';
import { thread } from '../../references.ts';
import { remedyFor, runs } from '../../software.ts';

export const check: Check = {
  code: 'AZ-09',
  name: 'audience-parameter-needed',
  severity: 'broken',
  references: [
    thread('danny-avila/LibreChat', 13401),
    thread('modelcontextprotocol/inspector', 566),
    thread('modelcontextprotocol/inspector', 2018),
  ],
  *find(view) {
    const { flow } = view.examination;
    const resource = expectedResource(view);
    if (!flow?.token || flow.failure || resource === undefined || isTaken(view) !== false) return;
    if (!runs(view, 'auth0', 'cognito')) return;
    const { format, claims = {} } = flow.token;
    if (format === 'jwt' && audiences(claims).includes(resource)) return;
    const answer = tokenAnswer(view);
    yield {
      title: `${flow.issuer} did not heed the resource ${resource}: ${format === 'jwt' ? `the token is for ${audiences(claims).join(', ') || 'nobody'}` : 'the token can be read by nobody but its issuer'}.`,
      detail:
        'The sign-in succeeds and the server then refuses the token. This provider goes by a parameter of its own, or by a default, and not by the "resource" that MCP clients send.',
      remedy: remedyFor(
        view,
        {
          auth0:
            'In the tenant’s settings turn on the Resource Parameter Compatibility Profile, or set a Default Audience. On the client: --authorize-param audience=…',
          cognito:
            'Create a resource server whose identifier is the resource and give the app client its scopes; the server has to check client_id and scope, since aud is not set.',
        },
        'Make the server’s URL the default audience.',
      ),
      evidence: answer ? [answer.id] : [],
    };
  },
};
