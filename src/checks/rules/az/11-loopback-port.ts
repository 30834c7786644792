import { textOf } from '../../../base/json.ts';
import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'AZ-11',
  name: 'loopback-port-exact',
  severity: 'broken',
  references: [
    rfc(8252, '7.3'),
    thread('anthropics/claude-code', 90370),
    thread('getsentry/sentry-mcp', 1190),
    thread('PrefectHQ/fastmcp', 4152),
    thread('cloudflare/workers-oauth-provider', 35),
  ],
  *find(view) {
    for (const other of view.answers('authorize-other-port')) {
      const issuer = other.probe.about ?? '';
      const same = view.answer('authorize-with-pkce', issuer);
      // Only a refusal where the registered port gets on is about the port.
      const getsOn = same && (same.status === 200 || same.isRedirect);
      const isRefused = [400, 401, 403, 422].includes(other.status) && same?.status !== other.status;
      // A refusal for another reason, such as a client that was forgotten, says nothing of ports.
      const isOther = /invalid_client|unauthorized_client|server_error|temporarily_unavailable|invalid_scope/;
      if (!getsOn || !isRefused || isOther.test(textOf(other.json?.error ?? ''))) continue;
      const uri = URL.parse(other.exchange.request.url)?.searchParams.get('redirect_uri');
      yield {
        title: `${issuer} takes a loopback redirect URI only with the very port that was registered.`,
        detail: `Asked with ${uri} it answers ${other.status}. A native client listens on whatever port is free, each time another; the authorization server must allow any port for loopback. Clients that register anew each time, or keep one port, get by.`,
        remedy:
          'Leave the port out of the comparison for http://127.0.0.1, http://[::1] and http://localhost.',
        evidence: [same.id, other.id],
        // Clients that keep one port, as Keybridge does, get in.
        severity: 'fragile',
      };
    }
  },
};
