import type { Check } from '../../check.ts';
import { STREAMABLE_NEXT, TRANSPORTS, thread } from '../../references.ts';

export const check: Check = {
  code: 'URL-07',
  name: '406-accept',
  severity: 'fragile',
  references: [STREAMABLE_NEXT, TRANSPORTS, thread('nickclyde/duckduckgo-mcp-server', 52)],
  *find(view) {
    const refused = view.openings.filter(({ status }) => status === 406);
    if (refused.length === 0) return;
    yield {
      title: 'The server does not find both media types in Accept, and both were sent (406).',
      detail:
        'The request accepted application/json and text/event-stream, as the specification has it. Something on the way rewrites the field, or the server compares it as one string.',
      remedy:
        'Pass Accept on as it came; read it as a list of media types, in any order and with parameters.',
      evidence: refused.map(({ id }) => id),
      ...(refused.length === view.openings.length ? { severity: 'broken' as const } : {}),
    };
  },
};
