import { quoted } from '../base/text.ts';
import type { ClientOptions } from './client-options.ts';
import { type Preset, presetFor } from './presets.ts';
import type { DiscoveryReport, ServerMetadata } from './report.ts';
import { chooseScope, OFFLINE } from './scope.ts';

/** What a sign-in asks an authorization server for, before PKCE and state. */
export interface Wish {
  scope: readonly string[];
  /** The `resource` of the authorization and of every token request; `undefined` leaves it out. RFC 8707 §2. */
  resource: string | undefined;
  /** Further parameters of the authorization request, the user's last. */
  parameters: Readonly<Record<string, string>>;
  /** What was done otherwise than the standard has it, and why: sentences for the trace. */
  notes: readonly string[];
}

/** Scopes that say who signs in and for how long, and nothing of a resource. OpenID Connect Core §5.4 and §11. */
const OF_OPENID = ['openid', 'profile', 'email', 'address', 'phone', OFFLINE];

/** Scope, resource and further parameters: the user's word, else the preset's for this issuer, else the standard's. */
export function whatToAsk(
  target: URL,
  report: DiscoveryReport,
  server: ServerMetadata,
  options: ClientOptions,
  held: readonly string[],
): Wish {
  const preset = presetFor(server.issuer, options.preset);
  const notes: string[] = [];
  const note = (what: string) => notes.push(`Preset for ${preset?.title}: ${what}`);
  const canonical = options.resource ?? resourceOf(target, report);

  let scope = chooseScope(report, server, options, held);
  if (preset?.noOfflineScope && scope.includes(OFFLINE)) {
    scope = scope.filter(each => each !== OFFLINE);
    note(`the scope ${OFFLINE} is left out; it has none.`);
  }
  if (preset?.scopeless && scope.length === 0) {
    scope = insteadOfNone(preset.scopeless, canonical, server);
    note(`nobody names a scope and it wants one, so ${quoted(scope.join(' '))} is asked for.`);
  }

  const own = options.scope ?? options.clientMetadata?.scope;
  const mayHave = server.scopesSupported?.includes('openid') ?? true;
  if (options.useIdToken && own === undefined && mayHave && !scope.includes('openid')) {
    scope = [...scope, 'openid'];
    notes.push('The scope openid is asked for, without which no ID token comes.');
  }
  if (options.grant === 'client-credentials') scope = scope.filter(each => each !== OFFLINE);

  const parameters: Record<string, string> = {};
  // OpenID Connect Core §11: without consent asked for, offline_access is to be ignored.
  if (scope.includes(OFFLINE)) {
    if (preset?.noForcedConsent) note(`${OFFLINE} is asked for without prompt=consent.`);
    else parameters.prompt = 'consent';
  }
  if (preset?.authorizeParams) {
    Object.assign(parameters, preset.authorizeParams);
    const said = new URLSearchParams(preset.authorizeParams);
    note(`${said.toString().replace('&', ' and ')} is sent, for a sign-in that lasts.`);
  }

  let resource = canonical || undefined;
  if (options.resource === undefined && resource !== undefined) {
    if (preset?.resource === 'in-scope' && isInScope(scope)) {
      resource = undefined;
      note('no resource parameter is sent; the scopes say what the token is for.');
    } else if (preset?.resource === 'as-audience' && report.resourceMetadata.found) {
      parameters.audience = resource;
      resource = undefined;
      note('the resource is sent as audience.');
    }
  }
  for (const [name, value] of Object.entries(options.authorizeParams ?? {})) {
    // An empty one takes back what would be sent by itself.
    if (value === '' && name in parameters) delete parameters[name];
    else parameters[name] = value;
  }
  if (preset && notes.length > 0) notes.push(`References: ${preset.references.join(' ')}`);
  return { scope, resource, parameters, notes };
}

/** The server's own word for itself, else its canonical URI. RFC 8707 §2, MCP Authorization. */
function resourceOf(target: URL, report: DiscoveryReport): string {
  // Who names the endpoint knows what it wants: mcp-remote sends none either.
  if (report.path === 'named-endpoint') return '';
  if (report.resourceMetadata.found) return report.resourceMetadata.found.resource;
  return `${target.origin}${target.pathname === '/' ? '' : target.pathname}${target.search}`;
}

/** Unless a scope stands there that the resource alone could tell from another's of the same name. */
function isInScope(scope: readonly string[]): boolean {
  return scope.every(each => OF_OPENID.includes(each) || /[:/]/.test(each));
}

function insteadOfNone(
  way: NonNullable<Preset['scopeless']>,
  resource: string,
  server: ServerMetadata,
): string[] {
  const listed = server.scopesSupported ?? [];
  if (way === 'listed' && listed.length > 0) return [...listed];
  const offline = listed.includes(OFFLINE) ? [OFFLINE] : [];
  if (way === 'default-of-resource' && resource) {
    return [`${resource.replace(/\/$/, '')}/.default`, ...offline];
  }
  return ['openid', ...offline];
}
