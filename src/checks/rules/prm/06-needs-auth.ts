import type { Check } from '../../check.ts';
import { AUTHORIZATION, rfc } from '../../references.ts';

export const check: Check = {
  code: 'PRM-06',
  name: 'metadata-needs-auth',
  severity: 'broken',
  references: [rfc(9728, '3'), AUTHORIZATION],
  follows: ['NET-18', 'NET-05', 'NET-06', 'NET-07', 'NET-08', 'URL-04', 'CHL-04', 'CHL-16'],
  *find(view) {
    // Nobody needs the metadata of a server without a sign-in.
    if (view.isOpen) return;
    const isFound = view.resourceDocuments.length > 0;
    const locked = view
      .finals('resource-named', 'resource-path', ...(isFound ? [] : ['resource-root' as const]))
      .filter(({ status }) => status === 401 || status === 403);
    const [first] = locked;
    if (!first) return;
    yield {
      title: `The resource metadata asks for a sign-in itself: ${first.place} answers ${first.status}.`,
      detail: `Clients ask for it to learn where to sign in, so they cannot have signed in.${isFound ? ' It is open at another address, which only some clients try.' : ''}`,
      remedy:
        'Exempt /.well-known/oauth-protected-resource and everything under it from authentication, in the server and in what stands before it.',
      evidence: [...new Set(locked.map(({ id }) => id))],
      severity: isFound ? 'fragile' : 'broken',
    };
  },
};
