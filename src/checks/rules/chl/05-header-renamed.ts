import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';

const RENAMED = 'x-amzn-remapped-www-authenticate';

export const check: Check = {
  code: 'CHL-05',
  name: 'header-renamed-by-gateway',
  severity: 'broken',
  references: [
    rfc(9728, '5.1'),
    thread('anthropics/claude-ai-mcp', 748),
    thread('modelix/modelix.core', 1658),
  ],
  *find(view) {
    const renamed = view.openings.find(
      answer => answer.field(RENAMED) !== undefined && answer.fields('www-authenticate').length === 0,
    );
    if (!renamed) return;
    const isFound = view.resourceDocuments.length > 0;
    yield {
      title: `A gateway has renamed the challenge: it arrives as ${RENAMED} and not as WWW-Authenticate.`,
      detail: `AWS API Gateway does this to every answer. Clients do not know that field${isFound ? '; those that try the well-known address find their way all the same' : ', and the metadata is at no well-known address'}.`,
      remedy:
        'Put CloudFront, an Application Load Balancer or a Lambda function URL in front, or map the field back to WWW-Authenticate there; and serve the metadata at the well-known address.',
      evidence: [renamed.id],
      severity: isFound ? 'fragile' : 'broken',
    };
  },
};
