import { asStrings, isObject, type JsonObject } from '../../../base/json.ts';
import { word } from '../../../base/text.ts';
import type { Check } from '../../check.ts';
import { STREAMABLE_NEXT, TRANSPORTS } from '../../references.ts';
import { errorOf, isUnknownMethod, refusesVersion } from '../../rpc.ts';
import { messageOf } from '../../words.ts';

export const check: Check = {
  code: 'MCP-07',
  name: 'version-mismatch',
  severity: 'broken',
  references: [STREAMABLE_NEXT, TRANSPORTS],
  *find(view) {
    const initialize = view.answer('post-initialize');
    const modern = view.answer('post-modern');
    if (!initialize || !modern) return;
    const [old, young] = [messageOf(initialize), messageOf(modern)];
    const evidence = [initialize.id, modern.id];
    if (refusesVersion(old) && refusesVersion(young)) {
      const supported = asStrings(dataOf(young)?.supported) ?? asStrings(dataOf(old)?.supported);
      yield {
        title: `The server takes neither 2025-11-25 nor 2026-07-28${supported ? `; it names ${supported.map(each => word(each)).join(', ')}` : ''}.`,
        detail: 'Clients of today offer one of these revisions and end here.',
        remedy: 'Update the server, so that it speaks 2025-11-25 or 2026-07-28.',
        evidence,
      };
    } else if (young?.result !== undefined && (refusesVersion(old) || isUnknownMethod(old))) {
      yield {
        title: 'The server speaks 2026-07-28 only.',
        detail:
          'Clients up to 2025-11-25 begin with initialize, which it does not take; most hosts are of that kind still.',
        remedy: 'Take initialize as well for as long as such hosts are to get in, or put a bridge before it.',
        evidence,
        severity: 'note',
      };
    } else if (old?.result !== undefined && modern.status >= 500) {
      yield {
        title: `A request of 2026-07-28 is answered ${modern.status}; clients of that revision do not come to try initialize.`,
        detail:
          'They fall back to initialize after a 4xx they do not understand. After a 5xx they take the server to be out.',
        remedy: 'Answer requests that are not understood with 400.',
        evidence,
        severity: 'fragile',
      };
    }
  },
};

function dataOf(message: JsonObject | undefined): JsonObject | undefined {
  const data = errorOf(message)?.data;
  return isObject(data) ? data : undefined;
}
