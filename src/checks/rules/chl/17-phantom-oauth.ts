import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { type Answer, describesServer } from '../../view.ts';

export const check: Check = {
  code: 'CHL-17',
  name: 'open-server-phantom-oauth',
  severity: 'fragile',
  references: [
    rfc(9728, '3.2'),
    thread('earthobservations/wetterdienst', 1772),
    thread('skyhook-io/radar', 829),
  ],
  *find(view) {
    if (!view.isOpen || view.refusal || view.resourceDocuments.length > 0) return;
    const pages = view
      .finals('resource-path', 'resource-root', 'server-oauth', 'server-openid-appended')
      .filter(answer => looksThere(answer) && isHere(answer.probe.url, view.target));
    if (pages.length === 0) return;
    yield {
      title: 'The server needs no sign-in, and looks as if it had one.',
      detail: `Something answers where clients look for OAuth (${pages.map(({ probe }) => new URL(probe.url).pathname).join(', ')}). Some clients take that for a sign-in, try to register, and fail on a server that is open to all.`,
      remedy: 'Answer 404 to everything under /.well-known/oauth-* and to /.well-known/openid-configuration.',
      evidence: pages.map(({ id }) => id),
    };
  },
};

/** Whether there is an answer with 200 that is no metadata: a page, or a document that is given for every path. */
function looksThere(answer: Answer): boolean {
  return answer.status === 200 && !describesServer(answer);
}

function isHere(url: string, target: URL): boolean {
  return new URL(url).origin === target.origin;
}
