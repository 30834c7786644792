import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { leadsToLogin, ownAnswers } from '../../gate.ts';
import { exemption } from '../../gates.ts';
import { thread } from '../../references.ts';
import { softwareOf } from '../../software.ts';

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
      remedy: exemption(view, PATHS),
      evidence: walled.slice(0, 5).map(({ id }) => id),
    };
  },
};
