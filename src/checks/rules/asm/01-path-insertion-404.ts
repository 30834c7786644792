import { asString } from '../../../base/json.ts';
import type { Check } from '../../check.ts';
import { almostSame, doorsOf, entranceOf, idsOf, outcomeOf, pathOf, straysOf } from '../../doors.ts';
import { threeRoutes } from '../../proxies.ts';
import { rfc, thread } from '../../references.ts';
import type { View } from '../../view.ts';

export const check: Check = {
  code: 'ASM-01',
  name: 'path-insertion-404',
  severity: 'broken',
  references: [rfc(8414, '3.1'), thread('PrefectHQ/fastmcp', 2527), thread('PrefectHQ/fastmcp', 4197)],
  follows: ['PRM-04', 'PRM-16'],
  *find(view) {
    for (const issuer of view.issuers) {
      const path = pathOf(issuer);
      // Another issuer's metadata at the root of the host is no sign of a path that got lost.
      const stray = straysOf(view, issuer).find(({ document }) =>
        almostSame(asString(document?.issuer) ?? '', issuer),
      );
      if (path === '' || !stray || entranceOf(view, issuer)) continue;
      const [door] = doorsOf(view, issuer);
      if (!door) continue;
      const isSplit = resourceHasPath(view, path);
      yield {
        title: `${door.url} ${outcomeOf(door)}; the metadata of the authorization server stands at ${stray.url}.`,
        detail: isSplit
          ? `The resource metadata is published with the path ${path} in its address and the server metadata without it. FastMCP does so: one rewrite rule before it cannot be right for both, and clients look only where the path follows the well-known part.`
          : `For an issuer with the path ${path} clients look where the path follows the well-known part, and not at ${stray.url}.`,
        ...threeRoutes(view, path),
        evidence: idsOf(door, stray),
      };
    }
  },
};

/** Whether resource metadata answers under the path, wherever it was found. */
function resourceHasPath(view: View, path: string): boolean {
  return [...view.resourceDocuments, ...view.strayDocuments].some(({ url }) =>
    new URL(url).pathname.includes(`oauth-protected-resource${path}`),
  );
}
