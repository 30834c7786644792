import type { Check } from '../../check.ts';
import { isFailing, said } from '../../gate.ts';
import { AUTHORIZATION, DISCOVERY_NEXT, rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'CHL-02',
  name: 'challenge-no-resource-metadata',
  severity: 'note',
  references: [DISCOVERY_NEXT, AUTHORIZATION, rfc(9728, '5.1'), thread('IBM/mcp-context-forge', 3990)],
  follows: ['NET-18', 'PRM-03', 'PRM-04', 'PRM-05', 'PRM-06', 'NET-05', 'NET-07', 'NET-13', 'ASM-22'],
  *find(view) {
    const { refusal } = view;
    if (!refusal?.bearer || view.named !== undefined) return;
    const [document] = view.resourceDocuments;
    const failing = view.finals('resource-path', 'resource-root').find(isFailing);
    if (!document && failing) {
      yield {
        title: `The challenge does not name the resource metadata, and its well-known address fails: ${failing.place} ${said(failing)}.`,
        detail:
          'Whether the metadata is there otherwise cannot be told. Until that address answers, clients do not learn where to sign in.',
        remedy: 'See why that address fails, in the log of the server or of what stands before it.',
        evidence: [refusal.id, failing.id],
        severity: 'broken',
      };
      return;
    }
    const older = view.issuers.some(issuer => view.serverDocuments(issuer).length > 0);
    yield {
      title: 'The challenge does not name the resource metadata.',
      detail: document
        ? `The specification allows that, since the metadata is at a well-known address (${document.place}). Clients that read only the challenge do not find it.`
        : `The metadata is at no well-known address either, so a client cannot learn where to sign in.${older ? ' Clients that still know the specification of 2025-03-26 take the server itself for the authorization server.' : ''}`,
      remedy:
        'Add resource_metadata="https://…/.well-known/oauth-protected-resource/…" to the Bearer challenge.',
      evidence: [refusal.id, ...(document ? [document.id] : [])],
      severity: document ? 'note' : older ? 'fragile' : 'broken',
    };
  },
};
