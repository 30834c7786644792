import { asStrings } from '../../../base/json.ts';
import { presetFor } from '../../../oauth/presets.ts';
import type { Check } from '../../check.ts';
import { idsOf, published } from '../../doors.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-19',
  name: 'grants-without-refresh',
  severity: 'fragile',
  references: [rfc(8414, '2'), thread('usenotra/notra', 498), thread('InsForge/insforge-mcp', 104)],
  *find(view) {
    for (const { issuer, door, document } of published(view)) {
      const grants = asStrings(document.grant_types_supported);
      // A list that is left out says nothing of what there is.
      if (!grants || grants.includes('refresh_token')) continue;
      // Tokens there do not expire, or are renewed in a way of their own.
      if (presetFor(issuer)?.noOfflineScope) continue;
      yield {
        title: `${issuer} does not list refresh_token among its grants (${grants.join(', ') || 'none'}).`,
        detail: 'When the access token expires, people have to sign in again.',
        remedy:
          'Give refresh tokens and add "refresh_token" to grant_types_supported. If tokens do not expire, pass over this.',
        evidence: idsOf(door),
      };
    }
  },
};
