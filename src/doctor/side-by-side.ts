import { asString, asStrings, isObject, type JsonObject } from '../base/json.ts';
import { shownUrl } from '../base/text.ts';
import { doorsOf, isListed } from '../checks/doors.ts';
import type { Examination, ProbeKind } from '../checks/examination.ts';
import { View } from '../checks/view.ts';
import type { ExchangeId } from '../trace/event.ts';

/** What the server says of an authorization server, beside what stands behind each of that one's doors. */
export interface SideBySide {
  issuer: string;
  /** False where no metadata names the issuer and its place was only guessed from the server's host. */
  isListed: boolean;
  /** The doors in the specification's order, each place once. */
  doors: readonly DoorColumn[];
  rows: readonly SideRow[];
}

export interface DoorColumn {
  kind: ProbeKind;
  /** As asked, before redirects. */
  url: string;
  hasMetadata: boolean;
  exchanges: readonly ExchangeId[];
}

export interface SideRow {
  /** The member's name in the metadata. */
  name: string;
  /** What the server's challenge and resource metadata say; absent where they say nothing or cannot. */
  server?: readonly string[];
  /** What the server ought to say. */
  expected?: string;
  /** What stands behind each door; `undefined` where it has no such member or there is no document. */
  doors: readonly (readonly string[] | undefined)[];
  /** Where two of them ought to be one and are not. */
  differs: boolean;
}

/** Members of both documents, in the order people think of them. RFC 8414 §2, RFC 9728 §2. */
const MEMBERS = [
  'issuer',
  'scopes_supported',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'jwks_uri',
  'response_types_supported',
  'grant_types_supported',
  'code_challenge_methods_supported',
  'token_endpoint_auth_methods_supported',
  'client_id_metadata_document_supported',
  'authorization_response_iss_parameter_supported',
] as const;
const LONGEST = 500;
const MOST = 60;

/** For each issuer of an examination the two sides member by member, and first of all the resource. */
export function sideBySide(examination: Examination): SideBySide[] {
  const view = new View(examination);
  const document = view.resourceDocuments[0]?.json;
  return view.issuers.map(issuer => {
    // For an issuer without a path two forms are one place.
    const doors = doorsOf(view, issuer).filter(
      ({ url }, index, all) => all.findIndex(other => other.url === url) === index,
    );
    const documents = doors.map(each => each.document);
    const rows = MEMBERS.flatMap((name): SideRow[] => {
      const server = saidByServer(name, issuer, view, document);
      const found = documents.map(each => texts(each?.[name]));
      if (!server && found.every(each => each === undefined)) return [];
      const row = { name, doors: found, differs: differs(name, server, documents, found) };
      return [server ? { ...row, server } : row];
    });
    const resource = texts(document?.resource);
    const target = shownUrl(examination.target);
    const isOther = resource !== undefined && !examination.target.startsWith(resource[0] ?? '');
    const first: SideRow[] =
      examination.kind === 'server' && resource
        ? [
            {
              name: 'resource',
              server: resource,
              ...(isOther ? { expected: target } : {}),
              doors: doors.map(() => undefined),
              differs: isOther,
            },
          ]
        : [];
    return {
      issuer,
      isListed: isListed(view, issuer),
      doors: doors.map(({ kind, url, document: found, hops }) => ({
        kind,
        url,
        hasMetadata: found !== undefined,
        exchanges: hops.map(({ id }) => id),
      })),
      rows: [...first, ...rows],
    };
  });
}

/** The server speaks of the issuer and of scopes, and of nothing else that an authorization server says too. */
function saidByServer(
  name: string,
  issuer: string,
  view: View,
  document: JsonObject | undefined,
): readonly string[] | undefined {
  if (name === 'issuer') return isListed(view, issuer) ? [issuer] : undefined;
  if (name !== 'scopes_supported') return undefined;
  const challenged = view.refusals.flatMap(({ bearer }) => asString(bearer?.params.scope)?.split(' ') ?? []);
  const listed = asStrings(document?.scopes_supported) ?? [];
  const scopes = [...new Set([...challenged, ...listed])].filter(each => each !== '').slice(0, MOST);
  return scopes.length > 0 ? scopes : undefined;
}

function differs(
  name: string,
  server: readonly string[] | undefined,
  documents: readonly (JsonObject | undefined)[],
  found: readonly (readonly string[] | undefined)[],
): boolean {
  // The order of a list means nothing; a member that one document has and the other has not does.
  const there = found.filter((_, index) => documents[index] !== undefined);
  const texts = there.map(each => (each ? [...each].sort().join('\n') : ''));
  // What one kind of metadata requires and the other does not is no difference worth a look.
  const isAmong = there.length > 1 && new Set(texts.filter(each => each !== '')).size > 1;
  if (!server || isAmong) return isAmong;
  if (name === 'issuer') return there.some(each => each?.[0] !== server[0]);
  return there.some(each => each !== undefined && server.some(scope => !each.includes(scope)));
}

/** A member's value as texts, one for each item of a list. */
function texts(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const items = Array.isArray(value) ? value.slice(0, MOST) : [value];
  return items.map(each =>
    (typeof each === 'string' ? each : isObject(each) ? JSON.stringify(each) : String(each)).slice(
      0,
      LONGEST,
    ),
  );
}
