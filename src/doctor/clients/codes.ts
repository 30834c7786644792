import { textOf } from '../../base/json.ts';
import type { Mishap, Reaction } from '../../checks/client.ts';
import type { Answer } from '../../checks/view.ts';

/** The finding that fits what was met while looking for resource metadata; `missing` for a path variant that is not there. */
export function resourceCode(
  mishap: Mishap,
  answer: Answer,
  server: URL,
  named: boolean,
  missing: string | undefined,
): string | undefined {
  switch (mishap) {
    case 'refused':
      if (answer.status === 401 || answer.status === 403) return 'PRM-06';
      if (named) return 'CHL-03';
      return new URL(answer.url).pathname.endsWith('-resource') ? undefined : missing;
    case 'failed':
    case 'redirect':
      return answer.isRedirect ? 'PRM-21' : undefined;
    case 'page':
      return 'PRM-05';
    case 'lacking':
      return 'PRM-13';
    case 'no-issuers':
      return 'PRM-14';
    case 'mismatch':
      return mismatchedResource(URL.parse(textOf(answer.json?.resource)), server);
    default:
      return undefined;
  }
}

/** What sets a resource apart from the server it ought to stand for. */
export function mismatchedResource(resource: URL | null, server: URL): string {
  if (!resource || !/^https?:$/.test(resource.protocol)) return 'PRM-12';
  if (resource.hostname !== server.hostname) return 'PRM-10';
  if (resource.protocol !== server.protocol) return 'PRM-07';
  if (resource.port !== server.port) return 'PRM-10';
  if (resource.pathname.replace(/\/$/, '') === server.pathname.replace(/\/$/, '')) return 'PRM-11';
  return resource.pathname === '/' ? 'PRM-08' : 'PRM-09';
}

/** The finding that fits what was met while looking for server metadata. */
export function serverCode(mishap: Mishap, answer: Answer, issuer: string): string | undefined {
  switch (mishap) {
    case 'refused':
      if (!answer.url.includes('/oauth-authorization-server')) return undefined;
      return URL.parse(issuer)?.pathname === '/' ? 'ASM-02' : 'ASM-01';
    case 'failed':
    case 'redirect':
      return answer.isRedirect ? 'ASM-03' : undefined;
    case 'busy':
      return 'NET-13';
    case 'gateway':
    case 'broken':
      return 'ASM-05';
    case 'page':
      return 'ASM-23';
    case 'lacking':
      return 'ASM-15';
    case 'mismatch':
      return mismatchedIssuer(textOf(answer.json?.issuer), issuer);
    default:
      return undefined;
  }
}

/** What sets an issuer apart from the one it was asked for. */
export function mismatchedIssuer(said: string, issuer: string): string {
  if (`${said}/` === issuer || said === `${issuer}/`) return 'ASM-06';
  const [one, other] = [URL.parse(said), URL.parse(issuer)];
  return one && other && one.host === other.host && one.protocol !== other.protocol ? 'ASM-08' : 'ASM-07';
}

const REACTIONS: Record<Reaction, string> = {
  next: 'goes on',
  none: 'goes on without',
  stop: 'gives up',
  unknown: 'nobody knows what it does then',
};

/** What was met at an address and what the client does then, as a phrase. */
export function verdict(mishap: Mishap, answer: Answer, reaction: Reaction): string {
  return `${met(mishap, answer)}: ${REACTIONS[reaction]}`;
}

/** What was met, as a phrase that can stand behind "meets". */
export function met(mishap: Mishap, { status, json, failure, url }: Answer): string {
  switch (mishap) {
    case 'failed':
      return failure ? 'no answer' : 'a redirect it does not follow';
    case 'redirect':
      return `${status}, a redirect it does not follow`;
    case 'page':
      return 'something that is not JSON';
    case 'lacking':
      return 'a document that lacks what it needs';
    case 'no-issuers':
      return 'a document without authorization servers';
    case 'mismatch':
      return /oauth-protected-resource/.test(url) || json?.issuer === undefined
        ? `a document that speaks for ${textOf(json?.resource ?? 'nobody')}`
        : `a document of the issuer ${textOf(json.issuer)}`;
    default:
      return String(status);
  }
}
