import type { Check } from '../../check.ts';
import { firstCall } from '../../flow.ts';
import { rfc, thread } from '../../references.ts';
import { remedyFor, runs } from '../../software.ts';

const NO_TOKEN =
  /\b(?:no|missing|without|lacks?|absent)\b.{0,30}\b(?:token|authorization|credentials)\b|\b(?:token|authorization header|credentials)\b.{0,30}\b(?:missing|required|not (?:found|provided|present|sent))/i;

const NO_FIELD =
  /\b(?:no|missing|without)\b.{0,20}\bauthorization\b|\bauthorization header\b.{0,20}\b(?:missing|required|not (?:provided|present|sent))/i;

export const check: Check = {
  code: 'MCP-02',
  name: 'authorization-stripped',
  severity: 'broken',
  references: [rfc(6750, '3.1'), thread('hauptsacheNet/typo3-mcp-server', 33)],
  *find(view) {
    const call = firstCall(view);
    const { refusal } = view;
    if (call?.status !== 401 || !refusal) return;
    // With a bad token the challenge has an error; without any it has none. RFC 6750 §3.1.
    const saysNone = NO_TOKEN.test(call.text.slice(0, 2000)) && !call.bearer?.params.error;
    // The official TypeScript SDK has one error for both, and says in its description that there was none.
    const described = call.bearer?.params.error_description ?? '';
    const describesNone = NO_FIELD.test(described) && described === refusal.bearer?.params.error_description;
    const isSame =
      runs(view, 'apache', 'php') &&
      call.text === refusal.text &&
      call.fields('www-authenticate').join() === refusal.fields('www-authenticate').join() &&
      !call.bearer?.params.error;
    if (!saysNone && !describesNone && !isSame) return;
    yield {
      title: 'The server says that no token was sent, although one was: it is lost on the way.',
      detail:
        'A proxy, or the web server before the application, takes the Authorization header out. Apache does that for CGI and PHP programs unless told otherwise.',
      remedy: remedyFor(
        view,
        {
          apache: 'CGIPassAuth On, or SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1.',
          php: 'Apache: CGIPassAuth On; and read REDIRECT_HTTP_AUTHORIZATION as well as HTTP_AUTHORIZATION.',
          nginx: 'proxy_set_header Authorization $http_authorization; in the location of the server.',
        },
        'Pass the Authorization header through every proxy on the way to the server.',
      ),
      evidence: [refusal.id, call.id],
    };
  },
};
