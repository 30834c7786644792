import { challengedScope, parseChallenges } from './challenge.ts';
import type { ClientOptions } from './client-options.ts';
import type { DiscoveryReport } from './report.ts';

/**
 * What discovery would have found where the user names the token endpoint: nothing is asked, and nothing but
 * the challenge at hand is believed. There is no word of the server's for itself then, so no `resource` is
 * sent unless the user names one.
 */
export function namedEndpoint(
  server: URL,
  tokenEndpoint: string,
  challenges: readonly string[],
  options: ClientOptions,
): DiscoveryReport {
  const parsed = parseChallenges(challenges);
  const scope = challengedScope(parsed);
  const method = options.clientMetadata?.token_endpoint_auth_method;
  const { origin } = new URL(tokenEndpoint);
  return {
    server: server.href,
    challenges: parsed,
    ...(scope ? { challengedScope: scope } : {}),
    resourceMetadata: { attempts: [] },
    issuers: [],
    path: 'named-endpoint',
    chosen: {
      url: tokenEndpoint,
      issuer: origin,
      tokenEndpoint,
      ...(typeof method === 'string' ? { tokenEndpointAuthMethodsSupported: [method] } : {}),
      clientIdMetadataDocumentSupported: false,
      authorizationResponseIssParameterSupported: false,
      raw: {},
    },
    reach: 'any',
  };
}
