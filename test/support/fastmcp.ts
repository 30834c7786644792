import { asm, challenge, OAUTH, OPENID, paths, prm, RESOURCE } from './discovery.ts';
import type { Handler } from './fake-world.ts';

/**
 * What FastMCP serves with a base URL that has a path: the path is in the address of its resource metadata and not
 * in that of its server metadata. `alias` is the application's own answer at openid-configuration.
 */
export function fastMcp(origin: string, prefix: string, { alias = false } = {}): Handler {
  const issuer = `${origin}${prefix}`;
  const metadata = `${RESOURCE}${prefix}/mcp`;
  const refuse = challenge(`Bearer resource_metadata="${origin}${metadata}"`);
  const redirect: Handler = () =>
    new Response(null, { status: 308, headers: { location: `${origin}${OAUTH}${prefix}` } });
  return paths({
    '/mcp': (request, dialled) =>
      request.method === 'POST'
        ? refuse(request, dialled)
        : new Response('', { status: 405, headers: { allow: 'POST' } }),
    [metadata]: { ...prm(`${issuer}/mcp`, issuer), scopes_supported: ['mcp'] },
    [OAUTH]: asm(issuer, {
      registration_endpoint: `${issuer}/register`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
      scopes_supported: ['mcp'],
    }),
    ...(alias ? { [OPENID]: redirect } : {}),
    '/authorize': () => new Response('client_id is missing', { status: 400 }),
  });
}
