import type { Check } from '../../check.ts';
import { doorsOf, entranceOf, idsOf, outcomeOf } from '../../doors.ts';
import { DISCOVERY_NEXT, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-05',
  name: '5xx-stops-fallback',
  severity: 'broken',
  references: [DISCOVERY_NEXT, thread('IBM/mcp-context-forge', 3715)],
  *find(view) {
    for (const issuer of view.issuers) {
      const doors = doorsOf(view, issuer);
      const entrance = entranceOf(view, issuer);
      // Where nothing answers as it should, another rule speaks.
      if (!entrance) continue;
      const before = doors.slice(
        0,
        doors.findIndex(({ kind }) => kind === entrance.kind),
      );
      const failing = before.find(({ state }) => state === 'failing');
      if (!failing) continue;
      yield {
        title: `${failing.url} ${outcomeOf(failing)} where 404 is due; clients stop there and never come to ${entrance.url}.`,
        detail:
          'Clients ask one address after the other. A 4xx sends them on to the next; after a 5xx the official TypeScript SDK gives up, but for 502.',
        remedy: 'Answer 404 at well-known addresses that do not exist, or serve the metadata there too.',
        evidence: idsOf(failing, entrance),
        ...(failing.last.status === 502 ? { severity: 'fragile' as const } : {}),
      };
    }
  },
};
