import { pastable } from '../../../base/address.ts';
import type { Check } from '../../check.ts';
import { AUTHORIZATION, rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'CHL-03',
  name: 'resource-metadata-404',
  severity: 'broken',
  references: [
    AUTHORIZATION,
    rfc(9728, '5.1'),
    thread('PrefectHQ/fastmcp', 1685),
    thread('PrefectHQ/fastmcp', 2889),
  ],
  follows: ['NET-07', 'NET-15', 'CHL-04', 'PRM-03', 'PRM-04', 'PRM-01'],
  *find(view) {
    const answer = view.final('resource-named');
    // What asks for a sign-in or to come back later is not missing.
    if (!answer || answer.status < 400 || [401, 403, 421, 429].includes(answer.status)) return;
    const [document] = view.resourceDocuments;
    if (answer.status >= 500) {
      yield {
        title: `The address that the challenge names fails: ${answer.place} answers ${answer.status}.`,
        detail: `Clients take the address in the challenge before any other, and few look further after a failure. Whether the metadata is there otherwise cannot be told.${document ? ` At ${document.place} it is.` : ''}`,
        remedy: 'See why that address fails, in the log of the server or of what stands before it.',
        evidence: [...(view.refusal ? [view.refusal.id] : []), answer.id],
      };
      return;
    }
    yield {
      title: `The challenge points to a page that is not there: ${answer.place} answers ${answer.status}.`,
      detail: document
        ? `Clients take the address in the challenge before any other, and many look no further. The metadata is at ${document.place}.`
        : 'Clients take the address in the challenge before any other; the metadata is not at the well-known addresses either.',
      remedy: document
        ? `Name the address that is served: resource_metadata="${pastable(document.place, '<that address>')}".`
        : 'Serve the metadata at the address that the challenge names: between the host and the path of the server’s URL stands /.well-known/oauth-protected-resource. Behind an API gateway mind the stage (/prod) in the path.',
      evidence: [...(view.refusal ? [view.refusal.id] : []), answer.id],
    };
  },
};
