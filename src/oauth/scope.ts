import type { ClientOptions } from './client-options.ts';
import type { DiscoveryReport, ServerMetadata } from './report.ts';

/** Asks for a refresh token that outlives the session. OpenID Connect Core §11. */
export const OFFLINE = 'offline_access';
/** Characters of all scopes together as a link has them; a link half as long again opens in no browser. */
const LONGEST = 10 * 1024;

/**
 * The scopes to ask for: the user's, who has a reason not to take the server's; else the challenge's; else
 * all the resource lists; else none. `held` are those asked for before, so that a step-up keeps them, and
 * with them what is demanded now is asked for whatever the user said. `offline_access` is added only where
 * the authorization server lists it, and never alone: it would take the place of the scopes the server
 * gives to whoever names none. MCP Authorization, Scope Selection Strategy; RFC 6749 §3.3.
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
  const listed = report.resourceMetadata.found?.scopesSupported?.filter(
    // A resource may list what only its authorization server can know.
    each => each !== OFFLINE || (server.scopesSupported?.includes(OFFLINE) ?? true),
  );
  const asked = own ?? report.challengedScope ?? listed ?? [];
  const demanded = held.length > 0 ? (report.challengedScope ?? []) : [];
  const scope = new Set([...held, ...asked, ...demanded]);
  if (!own && scope.size > 0 && server.scopesSupported?.includes(OFFLINE)) scope.add(OFFLINE);
  let room = LONGEST;
  return [...scope].filter(each => {
    room -= encodeURIComponent(each).length + 1;
    return room >= 0;
  });
}

/** `scope` as RFC 6749 §3.3 writes it, split at white space. */
export function splitScope(scope: string): string[] {
  return scope.split(/\s+/).filter(Boolean);
}
