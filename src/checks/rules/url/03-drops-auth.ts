import { quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { leadsToLogin } from '../../gate.ts';
import { thread } from '../../references.ts';
import { Answer } from '../../view.ts';

const isNotice = ({ exchange }: Answer) =>
  /"method": ?"notifications\//.test(exchange.request.body?.text ?? '');

export const check: Check = {
  code: 'URL-03',
  name: 'redirect-drops-auth',
  severity: 'broken',
  references: [
    { title: 'Fetch, HTTP-redirect fetch', url: 'https://fetch.spec.whatwg.org/#http-redirect-fetch' },
    thread('modelcontextprotocol/typescript-sdk', 2465),
    thread('oceanbase/powercontext', 1662),
  ],
  follows: ['URL-02', 'NET-10'],
  *find(view) {
    // A signed-in call that is sent elsewhere shows it; one of a stranger tells what will come of it.
    const signedIn = Object.values(view.examination.exchanges)
      .filter(({ request }) => request.headers.some(([name]) => name.toLowerCase() === 'authorization'))
      .map(
        exchange =>
          new Answer({ kind: 'get', url: exchange.request.url, because: '', exchanges: [] }, exchange),
      );
    const crosses = (answer: Answer) =>
      answer.isRedirect &&
      answer.location !== undefined &&
      answer.location.origin !== new URL(answer.url).origin &&
      !leadsToLogin(answer);
    const seen = signedIn.filter(crosses);
    const answers = seen.length > 0 ? seen : view.openings.filter(crosses);
    const [first] = answers;
    if (!first?.location) return;
    yield {
      title: `${quoteUrl(first.url)} redirects (${first.status}) to another origin, ${first.location.origin}, where the token does not go along.`,
      detail: `Clients take the token off a redirect to another host, port or scheme, as they must. ${seen.length > 0 ? 'The second hop arrived without it.' : 'Once somebody is signed in, the second hop arrives without it and answers 401.'}`,
      remedy: 'Stay on the same origin, or serve the address itself without a redirect.',
      evidence: answers.map(({ id }) => id),
      // A notification that is lost on the way keeps nobody from calling.
      ...(answers.every(isNotice) ? { severity: 'fragile' as const } : {}),
    };
  },
};
