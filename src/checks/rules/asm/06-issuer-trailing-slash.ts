import { announcedOtherwise } from '../../../oauth/presets.ts';
import type { Check } from '../../check.ts';
import { announced, idsOf, isListed, listing, published, sourceOf } from '../../doors.ts';
import { DISCOVERY_NEXT, rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-06',
  name: 'issuer-trailing-slash',
  severity: 'broken',
  references: [
    rfc(8414, '3.3'),
    DISCOVERY_NEXT,
    thread('modelcontextprotocol/python-sdk', 1919),
    thread('github/copilot-cli', 4606),
    thread('anomalyco/opencode', 50036),
  ],
  *find(view) {
    for (const { issuer, door, document } of published(view)) {
      const told = announced(document);
      if (told === undefined || (`${told}/` !== issuer && told !== `${issuer}/`)) continue;
      // Nobody wrote the issuer down: how its end is to be spelled is then open.
      if (!isListed(view, issuer)) continue;
      const known = announcedOtherwise(issuer, told) !== undefined;
      yield {
        title: `The issuer is named once with and once without a slash at its end: ${issuer} and ${told}.`,
        detail: `Clients compare the two as strings and refuse the metadata when they differ; older ones do not look.${known ? ' This pair is known, and some clients let it pass.' : ''}`,
        remedy: `Write ${told} in authorization_servers of the resource metadata, or the other way round: one string in both. (The official Python SDK's URL type adds the slash by itself.)`,
        evidence: [...idsOf(door), ...listing(view, issuer)],
        comparison: {
          seenIn: 'issuer in the server metadata',
          seen: told,
          expectedFrom: sourceOf(view, issuer),
          expected: issuer,
        },
        ...(known ? { severity: 'fragile' as const } : {}),
      };
    }
  },
};
