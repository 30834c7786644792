import { almostSame, announced, doorsOf, entranceOf, pathOf } from '../checks/doors.ts';
import { relation } from '../checks/resource.ts';
import type { Answer, View } from '../checks/view.ts';
import { announcedOtherwise } from '../oauth/presets.ts';
import { endpointQuestions, type Question, resourceQuestions, serverQuestions } from './plan.ts';

/** The few questions that show, side by side, whether a URL is a server's or an issuer's. */
export function kindQuestions(target: URL, issuer: string): Question[] {
  return [
    ...endpointQuestions(target).filter(({ kind }) => kind === 'post-empty'),
    ...resourceQuestions(target).filter(({ kind }) => kind === 'resource-path'),
    ...serverQuestions(target, issuer).filter(({ kind }) => kind !== 'server-elsewhere'),
  ];
}

/**
 * What a URL is, by the answers to {@link kindQuestions}. A server refuses or speaks JSON-RPC, or has resource
 * metadata; an issuer has metadata of its own. Some servers answer with their issuer's metadata whatever the
 * path, so it has to speak for this URL. An issuer may be a resource as well, for interfaces of its own: it is one
 * where nothing at its address takes messages. In doubt it is a server's.
 */
export function kindOf(view: View, issuer: string): 'server' | 'issuer' {
  if (view.openings.some(isServers)) return 'server';
  const isSelf = view.resourceDocuments.every(
    ({ json }) => typeof json?.resource === 'string' && relation(json.resource, view.target) === 'same',
  );
  if (view.resourceDocuments.length > 0 && !(isSelf && view.openings.every(isNothing))) return 'server';
  const door = entranceOf(view, issuer);
  if (!door) return 'server';
  const told = announced(door.document) ?? '';
  const isOwn = almostSame(told, issuer) || announcedOtherwise(issuer, told) !== undefined;
  // Under its own path a document stands only where there is an issuer, whatever it calls itself.
  const isUnder = doorsOf(view, issuer).some(
    ({ kind, document }) => kind === 'server-openid-appended' && document !== undefined,
  );
  return isOwn || (isUnder && pathOf(issuer) !== '') ? 'issuer' : 'server';
}

function isServers({ status, json, mediaType }: Answer): boolean {
  return (
    status === 401 || json?.jsonrpc !== undefined || (status === 200 && mediaType === 'text/event-stream')
  );
}

/** Whether a POST shows that the address takes none: what fails may be a server all the same. */
function isNothing({ status, isHtml }: Answer): boolean {
  return status === 404 || status === 405 || (status === 200 && isHtml);
}

const METADATA =
  /\/\.well-known\/(oauth-protected-resource|oauth-authorization-server|openid-configuration)(?=\/|$)/;

/** What is meant by the address of a metadata document: the server or the issuer it belongs to. */
export function meantBy(target: URL): { url: URL; kind?: 'server' | 'issuer' } {
  const found = METADATA.exec(target.pathname);
  if (!found) return { url: target };
  const url = new URL(target);
  url.pathname = target.pathname.replace(METADATA, '') || '/';
  return { url, kind: found[1] === 'oauth-protected-resource' ? 'server' : 'issuer' };
}
