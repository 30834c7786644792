import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { leadsToLogin, ownAnswers } from '../../gate.ts';
import { thread } from '../../references.ts';
import { remedyFor, softwareOf } from '../../software.ts';

const PATHS = 'the MCP endpoint, /.well-known/*, /authorize, /token and /register';

export const check: Check = {
  code: 'NET-07',
  name: 'login-wall-redirect',
  severity: 'broken',
  references: [
    thread('lswith/imap-mcp', 10),
    thread('every-app/open-seo', 47),
    thread('liketrek/TREK', 1463),
    thread('anthropics/claude-ai-mcp', 410),
  ],
  *find(view) {
    const walled = ownAnswers(view).filter(leadsToLogin);
    const [first] = walled;
    if (!first?.location) return;
    const gate = softwareOf(view).find(({ place }) => place === 'gate');
    const paths = [...new Set(walled.map(({ url }) => new URL(url).pathname))];
    yield {
      title: `${gate?.title ?? 'A login page'} stands before the server: ${paths.slice(0, 4).join(', ')} ${paths.length === 1 ? 'redirects' : 'redirect'} to ${quoteUrl(first.location.href)}.`,
      detail:
        'It is made for browsers. A client needs 401 and the metadata, and gets a page it can do nothing with.',
      remedy: remedyFor(
        view,
        {
          'cloudflare-access': `In Cloudflare Access turn on Managed OAuth for this application and allow the clients' redirect URIs, or add a Bypass policy for ${PATHS}.`,
          'easy-auth': `In App Service authentication let unauthenticated requests through (unauthenticatedClientAction AllowAnonymous) or list ${PATHS} in excludedPaths, and let the server itself check tokens.`,
          'oauth2-proxy': `In oauth2-proxy let ${PATHS} through with --skip-auth-route, and let the server itself check tokens.`,
          'vercel-protection':
            'In Vercel turn Deployment Protection off for this deployment, or use one it leaves out, such as production.',
          'alb-login': `In the load balancer add a rule without the authenticate action for ${PATHS}, before the one that has it.`,
        },
        `Exempt ${PATHS} from the login, or turn on the gate’s own OAuth for programs if it has one.`,
      ),
      evidence: walled.slice(0, 5).map(({ id }) => id),
    };
  },
};
