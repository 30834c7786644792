import { difference } from '../../../oauth/identifier.ts';
import { announcedOtherwise, presetFor } from '../../../oauth/presets.ts';
import type { Check } from '../../check.ts';
import { almostSame, announced, idsOf, isListed, listing, published, sourceOf } from '../../doors.ts';
import { DISCOVERY_NEXT, rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-07',
  name: 'issuer-path-mismatch',
  severity: 'broken',
  references: [
    rfc(8414, '3.3'),
    DISCOVERY_NEXT,
    thread('atlassian/atlassian-mcp-server', 205),
    thread('SmartBear/smartbear-mcp', 682),
  ],
  follows: ['PRM-16'],
  *find(view) {
    for (const { issuer, door, document } of published(view)) {
      const told = announced(document);
      if (told === undefined || told === issuer) continue;
      // A slash is ASM-06, the scheme ASM-08, a template ASM-09.
      if (almostSame(told, issuer) || /[{}]|%7b/i.test(told)) continue;
      const known = announcedOtherwise(issuer, told) !== undefined;
      const title = presetFor(told)?.title ?? 'its operator';
      yield {
        title: `The metadata for ${issuer} announces another issuer, ${told}.`,
        detail: `${difference(told, issuer)} ${
          known
            ? `Both are known to be ${title}'s, so some clients let it pass; those that keep to the specification refuse.`
            : 'Clients must not use metadata that speaks for another issuer: it is how one server would pass itself off as another.'
        }`,
        remedy: isListed(view, issuer)
          ? `Name ${told} in authorization_servers, if its metadata is found by that name; else let the authorization server announce ${issuer}.`
          : `Publish resource metadata that names ${told}, or announce ${issuer}.`,
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
