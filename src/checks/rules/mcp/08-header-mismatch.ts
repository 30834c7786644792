import { isObject } from '../../../base/json.ts';
import type { Check } from '../../check.ts';
import { STREAMABLE_NEXT, thread } from '../../references.ts';

const HEADER_MISMATCH = -32020;

export const check: Check = {
  code: 'MCP-08',
  name: 'header-mismatch',
  severity: 'broken',
  references: [STREAMABLE_NEXT, thread('punkpeye/mcp-remote', 306)],
  *find(view) {
    const [call] = view.answers('call-modern').filter(({ status, json }) => {
      const error = isObject(json?.error) ? json.error : undefined;
      return status === 400 && error?.code === HEADER_MISMATCH;
    });
    if (!call) return;
    const sent = call.exchange.request.headers.filter(([name]) => /^mcp-/i.test(name));
    yield {
      title: 'The server does not find the headers of 2026-07-28, or finds others than were sent.',
      detail: `Sent were ${sent.map(([name, value]) => `${name}: ${value}`).join(', ')}. They repeat what the body says, and the server compares the two; a proxy that takes unknown headers out, or changes them, makes every call fail.`,
      remedy:
        'Pass MCP-Protocol-Version, Mcp-Method, Mcp-Name and Mcp-Param-* through every proxy unchanged.',
      evidence: [call.id],
    };
  },
};
