import { shownUrl } from '../../../base/text.ts';
import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { thread } from '../../references.ts';
import { remedyFor } from '../../software.ts';
import type { Answer } from '../../view.ts';

const bare = ({ host, pathname }: URL): string => `${host}${pathname.replace(/\/$/, '')}`;

/** Whether a redirect leads to the same address with, or without, the slash at its end. */
function isSlash(answer: Answer): boolean {
  const { location } = answer;
  const from = new URL(answer.url);
  return (
    location !== undefined &&
    answer.isRedirect &&
    bare(location) === bare(from) &&
    location.pathname !== from.pathname
  );
}

const PYTHON =
  'In Starlette and FastAPI register the exact path (a Route, not a Mount) or set redirect_slashes=False; in FastMCP set the path with the same ending people enter.';

export const check: Check = {
  code: 'URL-01',
  name: 'trailing-slash-307',
  severity: 'broken',
  references: [
    thread('sigbit/mcp-auth-proxy', 115),
    thread('PrefectHQ/fastmcp', 1387),
    thread('opensearch-project/opensearch-mcp-server-py', 271),
    thread('zoho/analytics-mcp-server', 22),
  ],
  follows: ['NET-07', 'NET-10'],
  *find(view) {
    const here = view.openings.filter(isSlash);
    const there = view.answers('post-other-slash').filter(isSlash);
    const [first] = [...here, ...there];
    if (!first?.location) return;
    const remedy = remedyFor(
      view,
      { fastmcp: PYTHON, 'python-sdk': PYTHON, uvicorn: PYTHON },
      `Let both forms answer, or at least the one that people are told. ${PYTHON}`,
    );
    const evidence = [...here, ...there].map(({ id }) => id);
    yield here.length > 0
      ? {
          title: `A POST to ${quoteUrl(first.url)} is redirected (${first.status}) to ${quoteUrl(first.location.href)}.`,
          detail:
            'Only the slash at the end differs. Many clients do not follow a redirect of a POST and stop here.',
          remedy,
          evidence,
          comparison: {
            seenIn: 'Location',
            seen: shownUrl(first.location.href),
            expectedFrom: 'the address as given',
            expected: shownUrl(view.target.href),
          },
        }
      : {
          title: `The address with the other ending, ${quoteUrl(first.url)}, redirects a POST (${first.status}).`,
          detail:
            'The address as given is right. Who writes it with the other ending depends on a client that follows redirects.',
          remedy,
          evidence,
          severity: 'note',
        };
  },
};
