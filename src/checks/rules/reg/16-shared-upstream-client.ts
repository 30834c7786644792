import type { Check } from '../../check.ts';
import { SECURITY_NEXT } from '../../references.ts';

export const check: Check = {
  code: 'REG-16',
  name: 'shared-static-upstream-client',
  severity: 'unsafe',
  references: [SECURITY_NEXT],
  *find(view) {
    const { flow } = view.examination;
    if (flow?.client?.source !== 'dynamic' || !flow.request) return;
    const own = new URL(flow.request.endpoint).origin;
    for (const probe of view.examination.probes.filter(({ kind }) => kind === 'authorize-preview')) {
      const [first] = view.hops(probe);
      const { location } = first ?? {};
      const upstream = location?.searchParams.get('client_id');
      if (!first?.isRedirect || !location || !upstream || location.origin === own) continue;
      if (upstream === flow.client.clientId || !location.searchParams.has('redirect_uri')) continue;
      yield {
        title: `Whoever registers here is sent on to ${location.host} as one and the same client, without being asked about first.`,
        detail:
          'The identity provider remembers that the user consented to that one client, and asks no more. A stranger who registers a client, and has a user follow a link, may then get a code without a page being shown (confused deputy). Where the server asks for consent afterwards, when the user comes back, all is well; that cannot be seen from here.',
        remedy:
          'Before sending the user on, show a page that names the client and its redirect URI, and keep the consent for each client.',
        evidence: [first.id],
        // The page may come later.
        severity: 'note',
      };
    }
  },
};
