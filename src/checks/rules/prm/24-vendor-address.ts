import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { describesResource } from '../../view.ts';

export const check: Check = {
  code: 'PRM-24',
  name: 'vendor-well-known',
  severity: 'note',
  references: [rfc(9728, '5.1'), thread('every-app/open-seo', 47)],
  // Addresses with a known mistake in them.
  follows: ['PRM-03', 'PRM-04', 'CHL-04'],
  *find(view) {
    const named = view.final('resource-named');
    const usual = view.finals('resource-path', 'resource-root');
    if (!named || !describesResource(named) || usual.some(describesResource)) return;
    const [path] = usual;
    if (!path || usual.some(({ probe }) => probe.url === named.probe.url)) return;
    yield {
      title: `Only the challenge tells where the metadata is: ${named.place}`,
      detail: `The address may be any, but clients that do not read the challenge ask at ${path.place} and get ${path.status || 'no answer'}.`,
      remedy: `Serve the same document at ${path.place} too.`,
      evidence: [named.id, path.id],
    };
  },
};
