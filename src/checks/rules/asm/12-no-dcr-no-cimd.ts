import { asString, type JsonObject } from '../../../base/json.ts';
import { presetFor } from '../../../oauth/presets.ts';
import type { Check } from '../../check.ts';
import { doorsOf, entranceOf, idsOf } from '../../doors.ts';
import { REGISTRATION_NEXT, rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-12',
  name: 'no-dcr-no-cimd',
  severity: 'broken',
  references: [
    REGISTRATION_NEXT,
    rfc(7591, '3'),
    thread('anthropics/claude-code', 67258),
    thread('anthropics/claude-code', 52354),
    thread('github/github-mcp-server', 2532),
    thread('punkpeye/mcp-remote', 53),
  ],
  *find(view) {
    for (const issuer of view.issuers) {
      const door = entranceOf(view, issuer);
      if (!door) continue;
      // Where only one of two documents has it, that is ASM-26.
      if (doorsOf(view, issuer).some(each => each.document && offersRegistration(each.document))) continue;
      const known = presetFor(issuer)?.title;
      const resource = view.resourceDocuments[0]?.json;
      const page =
        asString(resource?.resource_documentation) ?? asString(door.document.service_documentation);
      const isAlone = view.examination.kind === 'issuer';
      yield {
        title: `No client can make itself known to ${issuer}: each needs a client ID from its operator.`,
        detail: `It offers neither client ID metadata documents nor dynamic registration. The specification lets a server hand out client IDs; clients without a field for one end with "does not support dynamic client registration".${
          page ? ` ${page} may tell people how to get one.` : ''
        }`,
        remedy: `${known ? `${known} offers neither for everyone: register` : 'Support client ID metadata documents ("client_id_metadata_document_supported": true), or dynamic registration, or register'} a client for each program and tell users its ID.`,
        evidence: idsOf(door),
        // Alone it may serve clients that are all known to it; and told how, people can get in.
        ...(isAlone ? { severity: 'note' as const } : {}),
        ...(!isAlone && (known !== undefined || page !== undefined) ? { severity: 'fragile' as const } : {}),
      };
    }
  },
};

function offersRegistration(document: JsonObject): boolean {
  return (
    asString(document.registration_endpoint) !== undefined ||
    document.client_id_metadata_document_supported === true
  );
}
