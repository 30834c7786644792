import { asString, asStrings, type JsonObject } from '../../../base/json.ts';
import { plain } from '../../../base/text.ts';
import { clientParameters } from '../../../oauth/authorization-endpoint.ts';
import { checkUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { idsOf, missingForOpenId, published } from '../../doors.ts';
import { OPENID_DISCOVERY, rfc } from '../../references.ts';

export const check: Check = {
  code: 'ASM-15',
  name: 'required-fields-missing',
  severity: 'broken',
  references: [rfc(8414, '2'), OPENID_DISCOVERY],
  *find(view) {
    for (const { door, document } of published(view)) {
      const missing = missingOf(document);
      const openid = door.kind === 'server-oauth' ? [] : missingForOpenId(document);
      const all = [...missing, ...openid];
      if (all.length === 0) continue;
      yield {
        title: `The metadata at ${door.url} lacks what it must have: ${all.join(', ')}.`,
        detail:
          missing.length > 0
            ? 'RFC 8414 requires these fields, and clients that check the document refuse it as a whole.'
            : 'OpenID Connect requires these fields of a document in its name. The official TypeScript SDK checks for them and refuses; many others do not look.',
        remedy:
          missing.length > 0
            ? missing.some(each => each.endsWith(')'))
              ? 'Add what is missing, and correct what cannot be used.'
              : 'Add them.'
            : 'Add them, or serve the document as oauth-authorization-server, which does not require them.',
        evidence: idsOf(door),
        ...(missing.length > 0 ? {} : { severity: 'fragile' as const }),
      };
    }
  },
};

/** What RFC 8414 §2 requires and is not there, or is no URL. */
function missingOf(document: JsonObject): string[] {
  const grants = asStrings(document.grant_types_supported);
  const hasPage = !grants || grants.some(each => each === 'authorization_code' || each === 'implicit');
  const endpoints = [...(hasPage ? ['authorization_endpoint'] : []), 'token_endpoint'];
  return [
    ...(asString(document.issuer) === undefined ? ['issuer'] : []),
    ...endpoints.flatMap(name => {
      const text = asString(document[name]);
      if (text === undefined) return [name];
      if (!checkUrl(text, { allowHttp: true }).ok) return [`${name} (it is no URL)`];
      // RFC 6749 §3.1: it would be there twice, once as the client has it and once as somebody else does.
      const set = name === 'authorization_endpoint' ? clientParameters(text) : [];
      return set.length === 0
        ? []
        : [`${name} (its own query sets what only a client may set: ${plain(set.join(', '))})`];
    }),
    ...(Array.isArray(document.response_types_supported) ? [] : ['response_types_supported']),
  ];
}
