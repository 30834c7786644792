import { asStrings, type JsonObject } from '../../../base/json.ts';
import type { Check } from '../../check.ts';
import { doorsOf, entranceOf, idsOf, missingForOpenId, outcomeOf } from '../../doors.ts';
import { DISCOVERY_NEXT, OPENID_DISCOVERY, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-02',
  name: 'no-openid-configuration',
  severity: 'fragile',
  references: [DISCOVERY_NEXT, OPENID_DISCOVERY, thread('PrefectHQ/fastmcp', 4166)],
  *find(view) {
    for (const issuer of view.issuers) {
      const door = entranceOf(view, issuer);
      const others = doorsOf(view, issuer).filter(({ kind }) => kind !== 'server-oauth');
      if (door?.kind !== 'server-oauth' || others.length === 0) continue;
      // A page there is ASM-23, a redirect ASM-03; silence says nothing.
      if (!others.every(({ state, hops }) => hops.length === 1 && /^(absent|failing|other)$/.test(state)))
        continue;
      const failing = others.find(({ state }) => state === 'failing');
      const closed = others.map(each => `${each.url} ${outcomeOf(each)}`).join(', ');
      const promises = isOpenId(door.document);
      yield {
        title: `Only one of two doors answers: ${door.url} has the metadata, ${closed}.`,
        detail: promises
          ? 'The metadata speaks of OpenID Connect, which has clients look for openid-configuration; they get nothing there and quit.'
          : 'The specification has clients ask at both doors. Those that know only openid-configuration get nothing there and quit.',
        remedy: failing
          ? `See why ${failing.url} fails. Where there is to be nothing, answer 404.`
          : `Best in the application: serve the same JSON at ${others.at(-1)?.url} too, behind a setting for those who run OpenID discovery of their own, with a test.${besides(door.document)} Else in the proxy: redirect that address to ${door.url} with 308, for clients that follow.`,
        evidence: idsOf(door, ...others),
        ...(promises && !failing ? {} : { severity: 'note' as const }),
      };
    }
  },
};

/** What the alias needs that OAuth's document does not have. */
function besides(document: JsonObject): string {
  const missing = missingForOpenId(document);
  return missing.length === 0
    ? ''
    : ` In OpenID’s name it must also have ${missing.join(', ')}; without them the official TypeScript SDKs refuse it.`;
}

/** Whether metadata promises OpenID Connect and not only OAuth. */
function isOpenId(document: JsonObject): boolean {
  return (
    document.userinfo_endpoint !== undefined ||
    document.id_token_signing_alg_values_supported !== undefined ||
    (asStrings(document.scopes_supported)?.includes('openid') ?? false)
  );
}
