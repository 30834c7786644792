import { asString } from '../../../base/json.ts';
import { hostsToConfirm } from '../../../oauth/authorization-endpoint.ts';
import { presetFor } from '../../../oauth/presets.ts';
import type { Check } from '../../check.ts';
import { idsOf, published } from '../../doors.ts';
import { endpointsOf, innerHost } from '../../endpoints.ts';
import { rfc, SECURITY_NEXT } from '../../references.ts';

const NAMES = ['authorization_endpoint', 'token_endpoint', 'registration_endpoint'];

export const check: Check = {
  code: 'ASM-17',
  name: 'endpoints-off-issuer-origin',
  severity: 'note',
  references: [rfc(8414, '2'), SECURITY_NEXT],
  *find(view) {
    for (const { issuer, door, document } of published(view)) {
      // Large providers keep their endpoints elsewhere, and are known for it.
      if (presetFor(issuer)) continue;
      const home = URL.parse(issuer);
      const away = endpointsOf(document).filter(
        ({ name, url }) =>
          NAMES.includes(name) && url.host !== home?.host && innerHost(url.hostname) === undefined,
      );
      if (away.length === 0) continue;
      const stranger = hostsToConfirm(view.target, {
        issuer,
        authorizationEndpoint: asString(document.authorization_endpoint) ?? '',
        tokenEndpoint: asString(document.token_endpoint) ?? '',
        authorizationResponseIssParameterSupported:
          document.authorization_response_iss_parameter_supported === true,
      });
      yield {
        title: `Endpoints of ${issuer} are on another host: ${away.map(({ name, url }) => `${name} on ${url.host}`).join(', ')}.`,
        detail:
          'That is allowed. It is unusual enough to make sure that codes and tokens are meant to go there.' +
          (stranger
            ? ` The page is on another site than the issuer and its answers do not promise to name it, as in a mix-up (RFC 9700 §4.4): Keybridge opens ${stranger.page} only once its user has confirmed that what is allowed there may go to ${stranger.token}.`
            : ''),
        ...(stranger
          ? {
              severity: 'fragile' as const,
              remedy:
                "Send iss with each authorization response and set authorization_response_iss_parameter_supported (RFC 9207), or have the page on the issuer's host.",
            }
          : {}),
        evidence: idsOf(door),
      };
    }
  },
};
