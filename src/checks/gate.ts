import { isLoopbackHost } from '../base/text.ts';
import type { Answer, View } from './view.ts';

/** Paths where people sign in, as applications and gates call them. */
const LOGIN_PATH =
  /\/(?:log-?in|sign-?in|sign_in|sso|sso-api|saml2?|session\/new|cdn-cgi\/access|\.auth|oauth2\/(?:start|sign_in|authorize|v2\.0\/authorize)|authorize|o\/oauth2)(?:[/?]|$)/i;
const LOGIN_HOST =
  /(?:^|\.)(?:cloudflareaccess\.com|login\.microsoftonline\.com|accounts\.google\.com|auth0\.com|okta\.com)$/i;

/** Whether a redirect leads to a page where people sign in, and not to another place of the same API. */
export function leadsToLogin(answer: Answer): boolean {
  const { location } = answer;
  if (!answer.isRedirect || !location || location.pathname.includes('/.well-known/')) return false;
  return LOGIN_PATH.test(location.pathname) || LOGIN_HOST.test(location.hostname);
}

const FILTER_FIELDS = ['cf-mitigated', 'x-amzn-waf-action', 'x-datadome', 'x-sucuri-block'];
const FILTER_PAGE =
  /Just a moment\.\.\.|Attention Required! \| Cloudflare|\/cdn-cgi\/challenge-platform\/|Incapsula incident ID|Request unsuccessful\. Incapsula|Access Denied[\s\S]{0,200}Reference&?#|Sucuri WebSite Firewall|captcha-delivery\.com|The requested URL was rejected\. Please consult with your administrator/i;

/** Whether a filter against robots answered in place of the server. */
export function isBotFilter(answer: Answer): boolean {
  if (![202, 403, 405, 429, 503].includes(answer.status)) return false;
  if (FILTER_FIELDS.some(name => answer.field(name) !== undefined)) return true;
  return answer.isHtml && FILTER_PAGE.test(answer.text);
}

/** Whether something at an address speaks MCP, or refuses as an MCP server does. */
export function speaksMcp(answer: Answer): boolean {
  if (answer.status === 401) return answer.bearer !== undefined;
  if (answer.mediaType === 'text/event-stream') return answer.status === 200;
  return answer.json?.jsonrpc === '2.0' && answer.status !== 404;
}

/** Whether GET opens the stream of HTTP+SSE (2024-11-05), which begins with the endpoint for messages. */
export function opensOlderStream(answer: Answer | undefined): answer is Answer {
  return answer?.mediaType === 'text/event-stream' && /^event:\s*endpoint\b/m.test(answer.text);
}

/** Whether an answer to a POST shows that no MCP endpoint is there, or none that works. */
export function isNoEndpoint(answer: Answer): boolean {
  if (speaksMcp(answer)) return false;
  return [404, 405, 410, 500, 501].includes(answer.status) || (answer.status === 200 && answer.isHtml);
}

/**
 * Whether an answer tells nothing of what belongs at an address: none came, or something fails or has too much to
 * do. What may be there again in a minute is not missing.
 */
export function isFailing({ status }: Answer): boolean {
  return status === 0 || status === 429 || status >= 500;
}

/** What came back, as the end of a sentence: "answers 503". */
export function said({ status }: Answer): string {
  return status === 0 ? 'does not answer' : `answers ${status}`;
}

/** Every answer of the target's own host to questions that need no sign-in, hop by hop. */
export function ownAnswers(view: View): Answer[] {
  return view.examination.probes
    .filter(({ kind }) => /^(?:head|get|post-|resource-|server-|limited)/.test(kind))
    .flatMap(probe => view.hops(probe))
    .filter(({ url }) => URL.parse(url)?.host === view.target.host);
}

/** Whether a URL is plain http where that is no matter between programs of one machine. */
export function isPlaintext(url: URL): boolean {
  return url.protocol === 'http:' && !isLoopbackHost(url.hostname);
}

/** Whether nothing the target's host was asked has been answered. */
export function isUnanswered(view: View): boolean {
  const own = Object.values(view.examination.exchanges).filter(
    ({ request }) => URL.parse(request.url)?.host === view.target.host,
  );
  return own.length > 0 && own.every(({ outcome }) => outcome.kind !== 'answered');
}

/**
 * Whether an answer is the page of a web application that takes every path: the same page as for a path that
 * does not exist, or the empty shell of one that scripts fill.
 */
export function looksLikeApplication(view: View, answer: Answer): boolean {
  if (!answer.isHtml || ![200, 404].includes(answer.status)) return false;
  const other = view.answer('resource-other-path');
  if (other?.isHtml && other.status === answer.status && other.text === answer.text) return true;
  return /<div id="(?:root|app|__next|svelte)">\s*<\/div>/.test(answer.text);
}
