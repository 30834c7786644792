import { rfc } from '../../references.ts';
import { ENTRA_ERRORS, saidCheck, words } from '../../said.ts';
import { runs } from '../../software.ts';
import type { View } from '../../view.ts';

/** Where an authorization server that passes the sign-in on has its own callback, as it says upstream. */
function upstream(view: View): { origin: string; redirectUri: string } | undefined {
  const { endpoint } = view.examination.flow?.request ?? {};
  const own = endpoint === undefined ? undefined : new URL(endpoint).origin;
  for (const probe of view.examination.probes.filter(({ kind }) => kind === 'authorize-preview')) {
    for (const hop of view.hops(probe)) {
      const url = URL.parse(hop.exchange.request.url);
      const redirectUri = url?.searchParams.get('redirect_uri');
      if (url && redirectUri && url.origin !== own) return { origin: url.origin, redirectUri };
    }
  }
  return undefined;
}

export const check = saidCheck({
  code: 'AZ-04',
  name: 'AADSTS50011',
  severity: 'broken',
  references: [ENTRA_ERRORS, rfc(6749, '3.1.2.3')],
  follows: ['REG-01', 'AZ-11'],
  pattern:
    /AADSTS50011[37]?\b|redirect[_ ]?ur[il].{0,60}\b(?:mismatch|not match|not registered|not allowed|not valid|not permitted|invalid|unregistered)|(?:invalid|unregistered|mismatch\w{0,10})\W{0,5}redirect[_ ]?ur[il]/i,
  where: ['page', 'callback'],
  say: (complaint, view) => {
    const { request, client } = view.examination.flow ?? {};
    const behind = upstream(view);
    const uri = behind?.redirectUri ?? request?.redirectUri;
    const at = behind ? ` at ${behind.origin}` : '';
    const aks =
      !behind && runs(view, 'aks-mcp')
        ? ' In aks-mcp add it to --oauth-redirects (releases before August 2026).'
        : '';
    return {
      title: `The redirect URI${uri ? ` ${uri}` : ''} is not registered${at}.`,
      detail: behind
        ? `The server passes the sign-in on to an identity provider with a callback of its own, and that callback is not in its list. Under a sub-path it has to be listed with the sub-path.${words(complaint)}`
        : `The authorization server compares the redirect URI with its list, letter for letter: scheme, host, port, path and slash.${words(complaint)}`,
      remedy:
        uri && !behind && client?.source === 'dynamic'
          ? `The client registered itself a moment ago with exactly this URI, so it is not for its registration: have the authorization server compare with what clients register. Where a fixed list of redirect URIs stands above that, it must allow loopback addresses with any port (RFC 8252 §7.3).${aks}`
          : uri
            ? `Register exactly ${uri}${at}${behind ? '' : ` for the client ${client?.clientId ?? ''} (Entra ID: Authentication → Mobile and desktop applications)`}.${aks}`
            : 'Register the client’s redirect URI exactly as it is sent.',
    };
  },
});
