import { asString, asStrings, type JsonObject } from '../../../base/json.ts';
import { plain } from '../../../base/text.ts';
import { clientParameters } from '../../../oauth/authorization-endpoint.ts';
import { checkUrl, quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { doorsOf, idsOf, missingForOpenId, published } from '../../doors.ts';
import { OPENID_DISCOVERY, rfc } from '../../references.ts';
import type { View } from '../../view.ts';

const NOT_ABSOLUTE = 'is no absolute URL';
const SETS = 'its own query sets what only a client may set';

export const check: Check = {
  code: 'ASM-15',
  name: 'required-fields-missing',
  severity: 'broken',
  references: [rfc(8414, '2'), OPENID_DISCOVERY],
  *find(view) {
    for (const { issuer, door, document } of published(view)) {
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
            ? wrong(missing)
            : 'Add them, or serve the document as oauth-authorization-server, which does not require them.',
        // What was found before it did not keep clients from coming here.
        evidence: [
          ...new Set([
            ...idsOf(door),
            ...idsOf(...doorsOf(view, issuer).filter(({ document: each }) => !each)),
          ]),
        ],
        // Whoever reads the other document gets on.
        ...(missing.length > 0 && !hasWhole(view, issuer) ? {} : { severity: 'fragile' as const }),
      };
    }
  },
};

function wrong(missing: readonly string[]): string {
  const isRelative = (each: string) => each.includes(NOT_ABSOLUTE);
  const isSet = (each: string) => each.includes(SETS);
  return [
    ...(missing.some(isRelative)
      ? ['Write the endpoints as absolute URLs, with https:// and the host; a path alone is none.']
      : []),
    ...(missing.some(isSet) ? ['Take out of the endpoint’s query what a client sets itself.'] : []),
    ...(missing.every(each => isRelative(each) || isSet(each))
      ? []
      : [missing.some(each => isRelative(each) || isSet(each)) ? 'Add what is missing.' : 'Add them.']),
  ].join(' ');
}

/** Whether a document of an issuer has all that RFC 8414 §2 requires. */
function hasWhole(view: View, issuer: string): boolean {
  return doorsOf(view, issuer).some(({ document }) => document && missingOf(document).length === 0);
}

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
      if (!checkUrl(text, { allowHttp: true }).ok) return [`${name} (${quoteUrl(text)} ${NOT_ABSOLUTE})`];
      // RFC 6749 §3.1: it would be there twice, once as the client has it and once as somebody else does.
      const set = name === 'authorization_endpoint' ? clientParameters(text) : [];
      return set.length === 0 ? [] : [`${name} (${SETS}: ${plain(set.join(', '))})`];
    }),
    ...(Array.isArray(document.response_types_supported) ? [] : ['response_types_supported']),
  ];
}
