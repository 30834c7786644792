import { asString } from '../../../base/json.ts';
import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { isInternalHost } from '../../internal-host.ts';
import { BEHIND_TLS, tellPublicUrl } from '../../proxies.ts';
import { thread } from '../../references.ts';
import type { View } from '../../view.ts';

/** Every URL the server gives for its own: in the challenge, the resource metadata, and its own server metadata. */
function* ownUrls(view: View): Generator<{ field: string; value: string; evidence: string }> {
  const { named } = view;
  const [refusal] = view.refusals;
  if (named !== undefined && URL.canParse(named) && refusal)
    yield { field: 'resource_metadata', value: named, evidence: refusal.id };
  const documents = [
    ...view.resourceDocuments,
    ...view.issuers.flatMap(issuer => view.serverDocuments(issuer)),
  ].filter(({ url }) => URL.parse(url)?.host === view.target.host);
  for (const { id, json } of documents) {
    for (const [field, value] of Object.entries(json ?? {})) {
      const values = Array.isArray(value) ? value : [value];
      for (const each of values.flatMap(one => asString(one) ?? []))
        if (URL.canParse(each)) yield { field, value: each, evidence: id };
    }
  }
}

export const check: Check = {
  code: 'NET-14',
  name: 'tunnel-url-leak',
  severity: 'broken',
  references: [thread('andrea-magni/MARS', 203)],
  *find(view) {
    if (view.target.protocol !== 'https:' || isInternalHost(view.target.hostname)) return;
    const all = [...ownUrls(view)];
    // By these the server speaks of itself; an authorization server inside may be another program (PRM-17).
    const own = all.filter(({ field }) => field === 'resource_metadata' || field === 'resource');
    const names = [view.target, ...own.map(({ value }) => new URL(value))].map(({ hostname }) => hostname);
    // The server's own port and scheme, as only a machine inside knows them.
    const leaked = all.filter(({ value }) => {
      const { hostname, protocol, port } = new URL(value);
      const isOwn =
        hostname === view.target.hostname || (names.includes(hostname) && isInternalHost(hostname));
      return isOwn && protocol === 'http:' && port !== '';
    });
    const [first] = leaked;
    if (!first) return;
    const fields = [...new Set(leaked.map(({ field }) => field))];
    yield {
      title: `The server gives its inner address for its own: ${quoteUrl(first.value)} (${fields.join(', ')}).`,
      detail: `It is reached at ${view.target.origin} and builds its URLs from the port and the scheme it listens on. ${BEHIND_TLS} Nobody else can go where they point.`,
      remedy: tellPublicUrl(view),
      evidence: [...new Set(leaked.map(({ evidence }) => evidence))],
      comparison: {
        seenIn: first.field,
        seen: new URL(first.value).origin,
        expectedFrom: 'the address it was reached at',
        expected: view.target.origin,
      },
    };
  },
};
