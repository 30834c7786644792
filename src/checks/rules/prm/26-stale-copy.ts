import type { Check } from '../../check.ts';
import { rfc } from '../../references.ts';
import { type Answer, describesResource } from '../../view.ts';

/** What clients act on; other fields may well differ from one answer to the next. */
function essence({ json }: Answer): string {
  return JSON.stringify([json?.resource, json?.authorization_servers, json?.scopes_supported]);
}

export const check: Check = {
  code: 'PRM-26',
  name: 'stale-cdn-copy',
  severity: 'fragile',
  references: [rfc(9111, '4'), rfc(9728, '3.2')],
  *find(view) {
    const fresh = view.final('resource-fresh');
    const cached = view.resourceDocuments.find(({ isFromCache }) => isFromCache);
    if (!fresh || !cached || !describesResource(fresh) || essence(fresh) === essence(cached)) return;
    const age = cached.field('age') ?? '';
    yield {
      title: `A cache hands out an old copy of the resource metadata: ${cached.place}`,
      detail: `${/^\d+$/.test(age) ? `It is ${age} s old. ` : ''}Asked past the cache, the server says something else. Until the copy expires clients sign in by what no longer holds, each in another part of the world for another time.`,
      remedy:
        'Purge the address in the cache, and send Cache-Control with a short max-age with this document.',
      evidence: [cached.id, fresh.id],
    };
  },
};
