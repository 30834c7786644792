import { announcedOtherwise } from '../../../oauth/presets.ts';
import type { Check } from '../../check.ts';
import { announced, idsOf, published, sourceOf } from '../../doors.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-09',
  name: 'issuer-template',
  severity: 'broken',
  references: [rfc(8414, '3.3'), thread('MicrosoftDocs/azure-docs', 38427)],
  *find(view) {
    for (const { issuer, door, document } of published(view)) {
      const told = announced(document);
      if (told === undefined || !/[{}]|%7b/i.test(told)) continue;
      const isEntra = announcedOtherwise(issuer, told) !== undefined;
      yield {
        title: `The metadata of ${issuer} announces a template for an issuer, ${told}.`,
        detail: `${isEntra ? "This is Entra's document for all tenants" : 'A part of it is left to be filled in'}: it equals no issuer, so clients that compare refuse it.`,
        remedy: isEntra
          ? 'Name the tenant: https://login.microsoftonline.com/<tenant id>/v2.0 in authorization_servers.'
          : 'Announce the issuer itself.',
        evidence: idsOf(door),
        comparison: {
          seenIn: 'issuer in the server metadata',
          seen: told,
          expectedFrom: sourceOf(view, issuer),
          expected: issuer,
        },
      };
    }
  },
};
