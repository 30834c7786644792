import type { Check } from '../../check.ts';
import { isBotFilter, ownAnswers } from '../../gate.ts';
import { thread } from '../../references.ts';
import { remedyFor } from '../../software.ts';

export const check: Check = {
  code: 'NET-05',
  name: 'waf-challenge',
  severity: 'broken',
  references: [
    thread('koala73/worldmonitor', 4348),
    thread('twentyhq/twenty', 20296),
    thread('LetsFG/LetsFG', 206),
    thread('Waishnav/devspace', 295),
  ],
  *find(view) {
    const filtered = ownAnswers(view).filter(isBotFilter);
    const [first] = filtered;
    if (!first) return;
    const paths = [...new Set(filtered.map(({ url }) => new URL(url).pathname))];
    yield {
      title: `A filter against robots answers in place of the server (${first.status}) at ${paths.slice(0, 4).join(', ')}.`,
      detail:
        'It wants a browser that can run its test. MCP clients cannot, and whether one gets through may depend on where it comes from.',
      remedy: remedyFor(
        view,
        {
          cloudflare:
            'In Cloudflare add a WAF rule that skips the checks for the MCP endpoint, /.well-known/*, and the token and registration endpoints, set AI bots "Agent" to Allow, and turn Bot Fight Mode off for them.',
          'aws-waf':
            'In AWS WAF scope the Bot Control rule group down so that it leaves out the MCP endpoint, /.well-known/*, and the token and registration endpoints.',
        },
        'Exempt the MCP endpoint, /.well-known/*, and the token and registration endpoints from the filter.',
      ),
      evidence: filtered.slice(0, 5).map(({ id }) => id),
    };
  },
};
