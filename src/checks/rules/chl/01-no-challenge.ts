import type { Check } from '../../check.ts';
import { isFailing, said } from '../../gate.ts';
import { AUTHORIZATION, rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'CHL-01',
  name: '401-no-challenge',
  severity: 'broken',
  references: [
    rfc(9728, '5.1'),
    AUTHORIZATION,
    thread('lightdash/lightdash', 26726),
    thread('czlonkowski/n8n-mcp', 604),
    thread('gavdilabs/cap-mcp-plugin', 111),
  ],
  follows: ['NET-18', 'CHL-05', 'NET-05', 'NET-13'],
  *find(view) {
    const { refusal } = view;
    if (!refusal || refusal.fields('www-authenticate').length > 0) return;
    // CHL-05 has the case of a header that was renamed on the way.
    if (refusal.field('x-amzn-remapped-www-authenticate') !== undefined) return;
    // Where the well-known address answers, clients still find their way.
    const lost = view.resourceDocuments.length === 0;
    const failing = view.finals('resource-path', 'resource-root').find(isFailing);
    yield {
      title: 'The server refuses with 401 and does not say where to sign in.',
      detail: !lost
        ? 'Clients that look only into WWW-Authenticate stop here; others find the metadata at the well-known address.'
        : failing
          ? `Without a WWW-Authenticate field clients go to the well-known address, and that fails: ${failing.place} ${said(failing)}. Whether the metadata is there otherwise cannot be told.`
          : 'Without a WWW-Authenticate field, and with no metadata at the well-known address, a client is told "no" and nothing else.',
      remedy:
        'Answer 401 with: WWW-Authenticate: Bearer resource_metadata="https://…/.well-known/oauth-protected-resource/…"',
      evidence: [refusal.id],
      severity: lost ? 'broken' : 'fragile',
    };
  },
};
