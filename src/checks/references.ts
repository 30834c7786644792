import type { Reference } from './check.ts';

const MCP = 'https://modelcontextprotocol.io/specification';

/** The documents that several rules rest on. */
export const AUTHORIZATION: Reference = {
  title: 'MCP 2025-11-25, Authorization',
  url: `${MCP}/2025-11-25/basic/authorization`,
};
export const TRANSPORTS: Reference = {
  title: 'MCP 2025-11-25, Transports',
  url: `${MCP}/2025-11-25/basic/transports`,
};
export const AUTHORIZATION_NEXT: Reference = {
  title: 'MCP 2026-07-28, Authorization',
  url: `${MCP}/2026-07-28/basic/authorization`,
};
export const DISCOVERY_NEXT: Reference = {
  title: 'MCP 2026-07-28, Authorization Server Discovery',
  url: `${MCP}/2026-07-28/basic/authorization/authorization-server-discovery`,
};
export const STREAMABLE_NEXT: Reference = {
  title: 'MCP 2026-07-28, Streamable HTTP',
  url: `${MCP}/2026-07-28/basic/transports/streamable-http`,
};
export const REGISTRATION_NEXT: Reference = {
  title: 'MCP 2026-07-28, Client Registration',
  url: `${MCP}/2026-07-28/basic/authorization/client-registration`,
};
export const SECURITY_NEXT: Reference = {
  title: 'MCP 2026-07-28, Security Considerations',
  url: `${MCP}/2026-07-28/basic/authorization/security-considerations`,
};
export const OPENID_DISCOVERY: Reference = {
  title: 'OpenID Connect Discovery 1.0',
  url: 'https://openid.net/specs/openid-connect-discovery-1_0.html',
};

/** A section of an RFC: `rfc(9728, '5.1')`. */
export function rfc(number: number, section?: string): Reference {
  const anchor = section === undefined ? '' : `#section-${section}`;
  return {
    title: `RFC ${number}${section === undefined ? '' : ` §${section}`}`,
    url: `https://www.rfc-editor.org/rfc/rfc${number}.html${anchor}`,
  };
}

/** A public thread: `thread('PrefectHQ/fastmcp', 1685)`. */
export function thread(repository: string, number: number): Reference {
  return { title: `${repository}#${number}`, url: `https://github.com/${repository}/issues/${number}` };
}
