import { asStrings } from '../../../base/json.ts';
import type { Check } from '../../check.ts';
import { rfc, SECURITY_NEXT } from '../../references.ts';
import { redirectUris, trialsOf } from '../../trials.ts';

export const check: Check = {
  code: 'REG-15',
  name: 'dangerous-redirects-accepted',
  severity: 'unsafe',
  references: [rfc(6749, '10.15'), rfc(8252, '8.3'), SECURITY_NEXT],
  *find(view) {
    for (const trial of trialsOf(view, 'registration-dangerous')) {
      const { answer, isTaken, issuer } = trial;
      const [uri] = redirectUris(trial);
      const kept = asStrings(answer.json?.redirect_uris);
      // It may have taken the client and dropped the URI.
      if (!isTaken || (uri !== undefined && kept && !kept.includes(uri))) continue;
      const evidence = [answer.id];
      if (uri === undefined) {
        yield {
          title: `${issuer} registers a client without any redirect URI.`,
          detail:
            'That is harmless where the authorization endpoint then refuses every redirect URI, and an open door for stolen codes where it takes any.',
          remedy: 'Refuse it with invalid_redirect_uri: a client of the authorization code flow needs one.',
          evidence,
          severity: 'note',
        };
        continue;
      }
      const isScript = !uri.startsWith('http');
      yield {
        title: `${issuer} registers a client with the redirect URI ${uri}`,
        detail: isScript
          ? 'Whoever follows it after signing in runs a stranger’s script on the sign-in’s own page.'
          : 'Codes would be sent over the network in clear, to whatever machine the URI names.',
        remedy:
          'Accept https URIs, http on loopback, and private-use schemes with a dot in them (RFC 8252 §7.1); refuse everything else. That anybody may register is normal for MCP; what they register has to be checked.',
        evidence,
      };
    }
  },
};
