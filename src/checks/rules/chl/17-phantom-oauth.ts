import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';

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
      .filter(answer => answer.status === 200 && answer.isHtml && isHere(answer.probe.url, view.target));
    if (pages.length === 0) return;
    yield {
      title: 'The server needs no sign-in, and looks as if it had one.',
      detail: `Pages answer where clients look for OAuth (${pages.map(({ probe }) => new URL(probe.url).pathname).join(', ')}). Some clients take that for a sign-in, try to register, and fail on a server that is open to all.`,
      remedy: 'Answer 404 to everything under /.well-known/oauth-* and to /.well-known/openid-configuration.',
      evidence: pages.map(({ id }) => id),
    };
  },
};

function isHere(url: string, target: URL): boolean {
  return new URL(url).origin === target.origin;
}
