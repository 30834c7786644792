import { REGISTRATION_NEXT, thread } from '../../references.ts';
import { saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'REG-12',
  name: 'cimd-fetch-fails',
  severity: 'broken',
  references: [REGISTRATION_NEXT, thread('cloudflare/mcp', 195)],
  pattern:
    /\b(?:fetch|retriev|download|load|resolv|reach)\w*\b.{0,60}\b(?:client|metadata|document)|\b(?:client|metadata|document)\b.{0,60}\b(?:fetch|retriev|could not be|timed? ?out|unreachable|mismatch)|client_id.{0,40}\bdoes not match/i,
  where: ['page', 'callback', 'token'],
  say: (complaint, view) => {
    const { client, issuer } = view.examination.flow ?? {};
    if (client?.source !== 'metadata-document') return undefined;
    return {
      title: `${issuer} could not make use of the client ID metadata document at ${client.clientId}`,
      detail: `It has to fetch the document itself. It fails when its network lets nothing out, when the address redirects or answers otherwise than 200, or when client_id inside is not letter for letter the address.${words(complaint)}`,
      remedy:
        'Let the authorization server reach the document; serve it as JSON with status 200, without redirects, with client_id equal to its own URL.',
    };
  },
});
