import { pastable } from '../base/address.ts';
import { shellWord } from '../base/text.ts';
import type { Sighting } from './check.ts';
import { remedyFor, runs } from './software.ts';
import type { View } from './view.ts';

/** Why a server takes http, a port or a name that only a machine inside knows for its own address. */
export const BEHIND_TLS =
  'TLS ends at a proxy in front of the server (an ingress, Envoy Gateway, AGIC, a tunnel), and the server takes the plain connection behind it for its address.';

const FORWARDED =
  'have the proxy send X-Forwarded-Proto and X-Forwarded-Host and the server trust them from that proxy only';
const AKS =
  'In aks-mcp, releases before August 2026 (later ones speak stdio only): --oauth-external-url, OAUTH_EXTERNAL_URL or Helm’s oauth.externalURL.';

/** What to do about {@link BEHIND_TLS}, for the software recognized. */
export function tellPublicUrl(view: View): string {
  const python = `Give the server its public https URL (in FastMCP base_url), or ${FORWARDED}: uvicorn needs --proxy-headers and --forwarded-allow-ips with the proxy’s address.`;
  return remedyFor(
    view,
    {
      'aks-mcp': `${AKS} Or ${FORWARDED}.`,
      fastmcp: python,
      'python-sdk': python,
      uvicorn: python,
      express: `Give the server its public https URL, or ${FORWARDED}: in Express app.set("trust proxy", …) with the proxy’s address.`,
      kestrel: `Give the server its public https URL, or ${FORWARDED}: in ASP.NET Core UseForwardedHeaders with KnownProxies.`,
    },
    `Tell the server its public URL (an option such as external or base URL), or ${FORWARDED}. ${AKS}`,
  );
}

/**
 * What to do where a server lives under `path` (`/mcp-o365`) and its two documents need opposite rewriting,
 * which one rule cannot do.
 */
export function threeRoutes(view: View, path: string): Pick<Sighting, 'remedy' | 'fixable'> {
  // It is written into a configuration, where a path of a server's choice could say something else.
  const prefix = pastable(`https://host.example${path}`, '') === '' ? '/PREFIX' : path;
  const resource = `/.well-known/oauth-protected-resource${prefix}/`;
  const server = `/.well-known/oauth-authorization-server${prefix}`;
  if (runs(view, 'typescript-sdk', 'express', 'next', 'kestrel', 'iis', 'php')) {
    return {
      remedy: `Forward ${resource} and ${server} of the host itself to the server too, with the path it expects there, before any rule that catches everything.`,
    };
  }
  const isSeen = runs(view, 'fastmcp', 'python-sdk', 'uvicorn');
  const remedy = [
    isSeen
      ? 'FastMCP does this: its resource document has the path of the base URL in its address, its server document has not, and one rewrite rule cannot serve both.'
      : 'FastMCP is known for it, and nothing here shows whether this is one: there the resource document has the path of the base URL in its address, the server document has not, and one rewrite rule cannot serve both.',
    'With ingress-nginx, where rewrite-target holds for a whole Ingress, make three:',
    `one for ${prefix}(/|$)(.*) that strips the prefix (rewrite-target /$2);`,
    `one for ${resource} that passes the path on unchanged;`,
    `one for ${server} that strips it (rewrite-target /.well-known/oauth-authorization-server).`,
    'Other proxies need the same three routes. With a host name of its own the server needs one.',
  ].join(' ');
  if (view.examination.kind !== 'server') return { remedy };
  const { origin, pathname } = view.target;
  return {
    remedy: `${remedy} \`keybridge fix ${shellWord(`${origin}${pathname}`)}\` writes the configuration.`,
    fixable: true,
  };
}
