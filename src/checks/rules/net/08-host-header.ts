import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { remedyFor } from '../../software.ts';

/** What frameworks say when they do not know the name they are called by. */
const UNKNOWN_HOST = /\bInvalid Host\b|\bDisallowedHost\b|Blocked request\. This host/i;
const PASS = 'and let the proxy pass the original Host on.';

export const check: Check = {
  code: 'NET-08',
  name: 'host-header-421',
  severity: 'broken',
  references: [
    rfc(9110, '15.5.20'),
    thread('modelcontextprotocol/python-sdk', 1798),
    thread('PrefectHQ/fastmcp', 4468),
    thread('blockscout/mcp-server', 333),
  ],
  *find(view) {
    const refused = view.openings.filter(
      ({ status, text }) => status === 421 || ([400, 403].includes(status) && UNKNOWN_HOST.test(text)),
    );
    const [first] = refused;
    if (!first) return;
    const { host } = view.target;
    const python = `In the Python SDK add "${host}" to allowed_hosts of TransportSecuritySettings (with and without the port), ${PASS}`;
    yield {
      title: `The server does not know the name it is called by: ${first.status} for the host ${host}.`,
      detail:
        'Its guard against DNS rebinding knows local names only, so everybody who comes by the public name is turned away.',
      remedy: remedyFor(
        view,
        {
          fastmcp: `In FastMCP add "${host}" to FASTMCP_HTTP_ALLOWED_HOSTS, ${PASS}`,
          'python-sdk': python,
          uvicorn: python,
          'typescript-sdk': `In the TypeScript SDK add "${host}" to allowedHosts, ${PASS}`,
        },
        `Add "${host}" to the server's allowed hosts (in the Python SDK allowed_hosts, in FastMCP FASTMCP_HTTP_ALLOWED_HOSTS), ${PASS}`,
      ),
      evidence: refused.map(({ id }) => id),
    };
  },
};
