import { asString, asStrings } from '../../base/json.ts';
import type { Client, Mishap, Reaction } from '../../checks/client.ts';
import { RESOURCE_SHAPES } from '../../checks/shapes.ts';
import type { Answer } from '../../checks/view.ts';
import { met, resourceCode, verdict } from './codes.ts';
import type { End, Notes } from './notes.ts';
import { resourceSpots } from './places.ts';
import type { Seen } from './seen.ts';
import { isMisshapen } from './server.ts';

/** Resource metadata as a client goes on with it. */
export interface Found {
  resource?: string;
  issuers: readonly string[];
}

/** Looks for resource metadata as a client does: what it finds, nothing, or the end. */
export function findResource(
  client: Client,
  server: URL,
  named: string | undefined,
  seen: Seen,
  notes: Notes,
): Found | End {
  const places = notes.know(
    client.resourcePlaces,
    { named: ['named', 'path', 'root'], unnamed: ['path', 'root'], slash: 'kept' },
    'where it looks for resource metadata',
  );
  const unnamed = places.unnamed === 'unknown' ? undefined : places.unnamed;
  let order = named === undefined ? unnamed : places.named === 'unknown' ? undefined : places.named;
  if (order === undefined) {
    order = named === undefined ? ['path', 'root'] : ['named'];
    // Whether or not it heeds the challenge, the address is the same.
    const [first] = unnamed ? resourceSpots(server, undefined, unnamed, places) : [];
    if (named === undefined || first?.url !== named)
      notes.doubt(
        `where it looks where the challenge names ${named === undefined ? 'nothing' : 'an address'}`,
      );
  }
  const isSure = client.resourcePlaces !== 'unknown';
  for (const { place, url, because } of resourceSpots(server, named, order, places)) {
    const got = seen.at(url, client.redirects === 'unknown' ? 'unknown' : client.redirects.is);
    if (!got)
      return {
        result: 'unknown',
        reason: `It asks ${url}, which was not asked, or not read to its end, here.`,
      };
    if (got.unsure)
      return { result: 'unknown', reason: `It is not known whether it follows the redirect at ${url}.` };
    const { answer } = got;
    const mishap =
      got.mishap ?? judge(client, answer, server, place === 'root' && named === undefined, notes);
    const step = notes.follow(got, because);
    if (mishap === undefined) {
      notes.steps.push({ ...step, verdict: 'found' });
      return found(answer);
    }
    const reaction = reactionTo(client, mishap, named !== undefined, isSure);
    notes.steps.push({ ...step, verdict: verdict(mishap, answer, reaction) });
    notes.stray(resourceCode(mishap, answer, server, place === 'named', seen.missingPath));
    if (reaction === 'unknown') {
      return {
        result: 'unknown',
        reason: `It is not known what it does where it meets ${met(mishap, answer)}.`,
      };
    }
    if (reaction === 'stop') {
      notes.cite(mishap === 'mismatch' ? client.resource : client.resourceReactions);
      return { result: 'stops', reason: `at ${url}: it meets ${met(mishap, answer)}.` };
    }
    if (reaction === 'none') {
      notes.cite(client.resourceReactions);
      return { ...(mishap === 'no-issuers' ? found(answer) : {}), issuers: [] };
    }
  }
  return { issuers: [] };
}

function reactionTo(
  { resourceReactions }: Client,
  mishap: Mishap,
  named: boolean,
  isSure: boolean,
): Reaction {
  if (resourceReactions === 'unknown') return isSure ? 'unknown' : 'next';
  const { whenNamed, ...always } = resourceReactions.is;
  const reactions = (named && whenNamed) || always;
  const reaction = reactions[mishap] ?? reactions.otherwise;
  return reaction === 'unknown' && !isSure ? 'next' : reaction;
}

function found({ json }: Answer): Found {
  const resource = asString(json?.resource);
  return {
    ...(resource === undefined ? {} : { resource }),
    issuers: asStrings(json?.authorization_servers) ?? [],
  };
}

/** What is wrong about a document for this client. */
function judge(
  client: Client,
  answer: Answer,
  server: URL,
  atRoot: boolean,
  notes: Notes,
): Mishap | undefined {
  const { resource, issuers } = found(answer);
  if (resource === undefined) return 'lacking';
  if (isMisshapen(client, answer.json ?? {}, RESOURCE_SHAPES, notes)) return 'lacking';
  if (client.resource === 'unknown' || !client.resource.is.late) {
    const covers = resourceFits(client, resource, server, atRoot, notes);
    if (!covers) return 'mismatch';
  }
  return issuers.length === 0 ? 'no-issuers' : undefined;
}

/** Whether a client takes metadata that names this resource for the server's. */
export function resourceFits(
  client: Client,
  resource: string,
  server: URL,
  atRoot: boolean,
  notes: Notes,
): boolean {
  const url = URL.parse(resource);
  const target = new URL(server);
  target.hash = '';
  if (client.resource === 'unknown') {
    if (url?.href !== target.href) notes.doubt('how it compares the resource with the URL');
    return true;
  }
  const { rule } = client.resource.is;
  if (rule === 'unchecked') return true;
  if (!url) return false;
  if (url.origin !== target.origin) return false;
  const path = (each: URL) => each.pathname.replace(/\/$/, '');
  switch (rule) {
    case 'same':
      return url.href === target.href;
    case 'same-path':
      return url.pathname === target.pathname;
    case 'same-or-origin':
      return [atRoot ? '' : path(target), ''].includes(path(url));
    case 'host':
      if (url.href !== target.href) notes.doubt('how it compares the path of the resource with the URL');
      return true;
    case 'prefix':
      return url.pathname.length <= target.pathname.length && `${path(target)}/`.startsWith(`${path(url)}/`);
    case 'prefix-or-slash':
      return `${path(target)}/`.startsWith(`${path(url)}/`);
  }
}
