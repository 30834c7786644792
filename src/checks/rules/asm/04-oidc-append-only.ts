import { presetFor } from '../../../oauth/presets.ts';
import type { Check } from '../../check.ts';
import { doorsOf, entranceOf, idsOf, outcomeOf, pathOf } from '../../doors.ts';
import { DISCOVERY_NEXT, rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-04',
  name: 'oidc-append-only',
  severity: 'fragile',
  references: [
    DISCOVERY_NEXT,
    rfc(8414, '3.1'),
    thread('microsoft/simplechat', 1017),
    thread('IBM/mcp-context-forge', 3715),
    thread('MCPJam/inspector', 1002),
  ],
  *find(view) {
    for (const issuer of view.issuers) {
      const door = entranceOf(view, issuer);
      if (door?.kind !== 'server-openid-appended') continue;
      const closed = doorsOf(view, issuer).filter(({ kind }) => kind !== 'server-openid-appended');
      // What is no plain "not here" has a finding of its own: ASM-05, ASM-23, ASM-03.
      if (!closed.every(({ state, hops }) => hops.length === 1 && /^(absent|other)$/.test(state))) continue;
      const known = presetFor(issuer)?.title;
      const hasPath = pathOf(issuer) !== '';
      yield {
        title: `The metadata of ${issuer} is only at ${door.url}.`,
        detail: `${closed.map(each => `${each.url} ${outcomeOf(each)}`).join(', ')}. The specification lets a server choose and has clients ask everywhere; clients that know only the form of RFC 8414, as in MCP 2025-06-18, find nothing.`,
        remedy:
          presetFor(issuer)?.name === 'keycloak'
            ? `Keycloak serves the address of RFC 8414 from 26.4 on: update it, and forward ${new URL(closed[0]?.url ?? issuer).pathname} to it where a proxy stands before it.`
            : known
              ? `${known} cannot be changed there. For such clients, publish a copy of its metadata on the MCP server's own host, as an issuer of its own.`
              : `Serve the same JSON at ${closed[0]?.url} too.`,
        evidence: idsOf(door, ...closed),
        // Without a path there is one other place only, and few clients are left that stop there.
        ...(hasPath ? {} : { severity: 'note' as const }),
      };
    }
  },
};
