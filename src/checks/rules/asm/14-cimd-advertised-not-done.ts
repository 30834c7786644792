import type { Check } from '../../check.ts';
import { complaints } from '../../flow.ts';
import { REGISTRATION_NEXT, thread } from '../../references.ts';

/** How a server says that it does not know the client, or not with this redirect URI. */
const UNKNOWN =
  /\b(?:invalid|unknown|unrecogni[sz]ed|unregistered)[ _](?:oauth )?(?:client|redirect)|client[^.]{0,30}(?:not found|not registered|does not exist)/i;

export const check: Check = {
  code: 'ASM-14',
  name: 'cimd-advertised-not-done',
  severity: 'broken',
  references: [REGISTRATION_NEXT, thread('home-assistant/core', 176282)],
  *find(view) {
    const { flow } = view.examination;
    if (flow?.client?.source !== 'metadata-document') return;
    const refused = complaints(view).find(
      ({ where, error, text }) =>
        (where === 'page' || where === 'callback') &&
        (error === 'invalid_client' || error === 'unauthorized_client' || UNKNOWN.test(text)),
    );
    if (!refused) return;
    yield {
      title: `${flow.issuer} offers client ID metadata documents and does not know the client whose document it was pointed to.`,
      detail:
        'Its metadata says client_id_metadata_document_supported, so clients use the URL of their document as client ID. The server seems never to fetch it.',
      remedy:
        'Fetch the document at the client ID and take redirect_uris from it, or take client_id_metadata_document_supported out of the metadata.',
      evidence: refused.evidence,
    };
  },
};
