import type { Check } from '../../check.ts';
import { doorsOf, entranceOf, idsOf } from '../../doors.ts';
import { DISCOVERY_NEXT, rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-23',
  name: 'html-200',
  severity: 'broken',
  references: [rfc(8414, '3.2'), DISCOVERY_NEXT, thread('mayflower/contextmine', 2)],
  follows: ['PRM-05'],
  *find(view) {
    // A server without a sign-in that answers pages everywhere is CHL-17.
    if (view.isOpen) return;
    for (const issuer of view.issuers) {
      const doors = doorsOf(view, issuer);
      const pages = doors.filter(({ state }) => state === 'html');
      const entrance = entranceOf(view, issuer);
      if (pages.length === 0) continue;
      // Most clients are through before they come to a page behind the metadata.
      const isBefore =
        !entrance ||
        doors.indexOf(pages[0] as (typeof doors)[0]) < doors.findIndex(({ kind }) => kind === entrance.kind);
      yield {
        title: `A web page stands where the metadata of ${issuer} is due: ${pages.map(({ url }) => url).join(', ')}`,
        detail: isBefore
          ? 'A web application that answers every path took the request. Clients read 200 and then something that is no JSON, and many stop there.'
          : `Clients that come to ${entrance.url} first get through; those that ask here first read 200 and then something that is no JSON.`,
        remedy: 'Serve the metadata there, or answer 404.',
        evidence: idsOf(...pages),
        ...(isBefore ? {} : { severity: 'fragile' as const }),
      };
    }
  },
};
