import type { Client } from '../../checks/client.ts';
import { opensOlderStream } from '../../checks/gate.ts';
import type { Answer, View } from '../../checks/view.ts';
import type { End, Notes, WalkStep } from './notes.ts';

/** What a client's first request comes to, nobody signed in: the refusal that makes it look, or the end. */
export function begin(client: Client, view: View, notes: Notes): Answer | End {
  const opening = view.refusal ?? view.answer('post-initialize');
  if (!opening) return { result: 'unknown', reason: 'The server was not asked.' };
  const answer = opening.isRedirect && !view.isOpen ? follow(client, opening, view, notes) : opening;
  if ('result' in answer) return answer;
  const { status, url, id } = answer;
  const because = 'the first request, nobody signed in';
  const step = (verdict: string) => notes.steps.push({ url, because, verdict, exchange: id });
  if (view.isOpen) {
    step('nobody needs to sign in');
    return { result: 'through', reason: 'without a sign-in: the server wants none.' };
  }
  const begins = notes.know(
    client.begins,
    [401, 403],
    status === 403 ? 'whether it begins at a 403' : undefined,
  );
  if (begins.includes(status)) {
    step(`${status}: looks for where to sign in`);
    return answer;
  }
  const older = status >= 400 ? inOlderTransport(client, status, view, notes) : undefined;
  if (older) {
    step(`${status}: no sign-in begins`);
    if (older.stream) notes.steps.push(older.stream);
    return older.end;
  }
  step(status === 0 ? 'no answer: gives up' : `${status}: no sign-in begins`);
  notes.cite(client.begins);
  const code = status === 403 ? 'CHL-07' : status >= 400 ? 'CHL-08' : undefined;
  const what = status === 0 ? 'the server does not answer' : `it is answered ${status} where 401 is due`;
  return { result: 'stops', reason: `at the first request: ${what}.`, code };
}

/** What comes of a refused POST where GET opens a stream of 2024-11-05. */
function inOlderTransport(
  { older }: Client,
  status: number,
  view: View,
  notes: Notes,
): { end: End; stream?: WalkStep } | undefined {
  const stream = view.answer('get');
  if (!opensOlderStream(stream)) return undefined;
  if (older === 'unknown')
    return {
      end: {
        result: 'unknown',
        reason: 'It is not known whether it tries HTTP+SSE where a POST is refused.',
      },
    };
  if (status < older.is.from || status > older.is.to) return undefined;
  notes.cite(older);
  return {
    end: { result: 'through', reason: 'without a sign-in, in the older transport (HTTP+SSE).' },
    stream: {
      url: stream.url,
      because: 'a stream of HTTP+SSE, 2024-11-05',
      verdict: 'it names the endpoint for messages',
      exchange: stream.id,
    },
  };
}

/** A redirected POST: not followed, turned into a GET, or sent again where it leads. */
function follow({ postRedirects }: Client, opening: Answer, view: View, notes: Notes): Answer | End {
  const { status, url, location, id } = opening;
  const step = (verdict: string) =>
    notes.steps.push({ url, because: 'the first request, nobody signed in', verdict, exchange: id });
  if (postRedirects === 'unknown') {
    step(`${status}: nobody knows whether it follows`);
    return { result: 'unknown', reason: 'It is not known whether it follows a redirect of a POST.' };
  }
  const keeps = status === 307 || status === 308;
  const isWithin = location?.origin === new URL(url).origin;
  const rule = postRedirects.is;
  if (!location || rule === 'none' || (rule === 'same-origin-keeping-post' && !(keeps && isWithin))) {
    step(`${status}: a redirect it does not follow`);
    notes.cite(postRedirects);
    const code = location?.protocol === 'http:' && url.startsWith('https:') ? 'URL-02' : 'URL-01';
    return {
      result: 'stops',
      reason: `at the first request: a redirect (${status}) it does not follow.`,
      code,
    };
  }
  if (!keeps) {
    step(`${status}: follows with a GET`);
    notes.cite(postRedirects);
    return {
      result: 'stops',
      reason: 'at the first request: the redirect turns its POST into a GET.',
      code: 'NET-11',
    };
  }
  step(`${status}: follows the redirect`);
  const next = view.answer('post-other-slash');
  if (next?.probe.url === location.href && !next.isRedirect) return next;
  return { result: 'unknown', reason: `It goes on at ${location.href}, which was not asked here.` };
}
