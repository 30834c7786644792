import type { ClientOptions } from './client-options.ts';
import type { DiscoveryReport, ServerMetadata } from './report.ts';

/**
 * The scopes to ask for: the user's; else the challenge's; else all the resource lists; else none.
 * `held` are those asked for before, so that a step-up keeps them. `offline_access` is added only where
 * the authorization server lists it. MCP Authorization, Scope Selection Strategy.
 */
export function chooseScope(
  report: DiscoveryReport,
  server: ServerMetadata,
  options: ClientOptions,
  held: readonly string[] = [],
): string[] {
  const fromMetadata =
    typeof options.clientMetadata?.scope === 'string' ? splitScope(options.clientMetadata.scope) : undefined;
  const own = options.scope ?? fromMetadata;
  const asked = own ?? report.challengedScope ?? report.resourceMetadata.found?.scopesSupported ?? [];
  const scope = new Set([...held, ...asked, ...(own ? (report.challengedScope ?? []) : [])]);
  if (!own && server.scopesSupported?.includes('offline_access')) scope.add('offline_access');
  return [...scope];
}

/** `scope` as RFC 6749 §3.3 writes it, split at white space. */
export function splitScope(scope: string): string[] {
  return scope.split(/\s+/).filter(Boolean);
}
