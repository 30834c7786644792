import { asString, asStrings, type JsonObject } from '../../base/json.ts';
import type { Client, Mishap, ServerPlace } from '../../checks/client.ts';
import { misshapen, SERVER_SHAPES, type Shapes } from '../../checks/shapes.ts';
import type { Answer } from '../../checks/view.ts';
import { met, serverCode, verdict } from './codes.ts';
import type { End, Notes } from './notes.ts';
import { type Spot, serverSpots } from './places.ts';
import type { Seen } from './seen.ts';

const SPECIFIED = {
  path: ['oauth', 'openid-inserted', 'openid-appended'],
  root: ['oauth', 'openid-appended'],
} as const;

/** Whose metadata is looked for: an issuer out of resource metadata, or the server's own address. */
export interface Sought {
  issuer: URL;
  /** As it was written; absent where nothing names it. */
  written?: string;
  /** Other places than the client's own. */
  places?: readonly ServerPlace[];
}

/** Looks for an authorization server's metadata as a client does: the document, nothing, or the end. */
export function findServer(
  client: Client,
  sought: Sought,
  seen: Seen,
  notes: Notes,
): { json: JsonObject } | 'none' | End {
  const hasPath = sought.issuer.pathname !== '/';
  const known =
    client.serverPlaces === 'unknown' ? 'unknown' : client.serverPlaces.is[hasPath ? 'path' : 'root'];
  const isSure = known !== 'unknown';
  if (!isSure) notes.doubt('where it looks for the metadata of such an authorization server');
  const places = sought.places ?? (isSure ? known : SPECIFIED[hasPath ? 'path' : 'root']);
  let withoutPkce: End | undefined;
  let refusal: End | undefined;
  for (const spot of serverSpots(sought.issuer, places)) {
    const got = seen.at(spot.url, client.redirects === 'unknown' ? 'unknown' : client.redirects.is);
    if (!got)
      return {
        result: 'unknown',
        reason: `It asks ${spot.url}, which was not asked, or not read to its end, here.`,
      };
    if (got.unsure)
      return { result: 'unknown', reason: `It is not known whether it follows the redirect at ${spot.url}.` };
    const { answer } = got;
    const mishap = got.mishap ?? judge(client, answer, spot, sought, notes);
    const step = notes.follow(got, spot.because);
    if (mishap === undefined) {
      const pkce = judgePkce(client, answer.json ?? {}, notes);
      if (pkce !== 'next') {
        notes.steps.push({ ...step, verdict: 'found' });
        return { json: answer.json ?? {} };
      }
      notes.steps.push({ ...step, verdict: 'PKCE with S256 is not promised: goes on' });
      withoutPkce = pkceEnd(client, answer.json ?? {}, notes);
      continue;
    }
    const reactions = client.serverReactions === 'unknown' ? undefined : client.serverReactions.is;
    let reaction = reactions?.[mishap] ?? reactions?.otherwise ?? 'unknown';
    const code = serverCode(mishap, answer, sought.written ?? sought.issuer.href);
    // Where it is not known in which order it asks, only what is refused wherever it stands can be said.
    if (!isSure && mishap !== 'mismatch') reaction = 'next';
    notes.steps.push({ ...step, verdict: verdict(mishap, answer, reaction) });
    // Where nobody names the server's own host, nothing need be there.
    if (sought.written !== undefined || mishap !== 'refused') notes.stray(code);
    if (reaction === 'unknown') {
      return {
        result: 'unknown',
        reason: `It is not known what it does where it meets ${met(mishap, answer)}.`,
      };
    }
    if (reaction === 'stop') {
      notes.cite(mishap === 'mismatch' ? client.issuer : client.serverReactions);
      const end: End = { result: 'stops', reason: `at ${spot.url}: it meets ${met(mishap, answer)}.`, code };
      if (isSure) return end;
      refusal = end;
    }
    if (reaction === 'none') return 'none';
  }
  return withoutPkce ?? refusal ?? 'none';
}

/** What is wrong about a document for this client. */
function judge(
  client: Client,
  answer: Answer,
  { url, place }: Spot<ServerPlace>,
  { issuer, written }: Sought,
  notes: Notes,
): Mishap | undefined {
  const json = answer.json ?? {};
  const kind = place.startsWith('oauth') ? 'oauth' : 'openid';
  const all = ['issuer', 'authorization_endpoint', 'token_endpoint'];
  if (client.needs === 'unknown') {
    if (all.some(name => json[name] === undefined)) notes.doubt('which fields it needs');
  } else if (client.needs.is[kind].some(name => !isFilled(name, json[name]))) {
    notes.cite(client.needs);
    return 'lacking';
  }
  if (isMisshapen(client, json, SERVER_SHAPES, notes)) return 'lacking';
  const said = asString(json.issuer);
  if (written !== undefined) {
    const rule = client.issuer === 'unknown' ? undefined : client.issuer.is;
    if (rule === undefined && said !== written) notes.doubt('how it compares the issuer');
    return rule === undefined || fits(rule, said, written) ? undefined : 'mismatch';
  }
  const rule = client.originIssuer === 'unknown' ? 'unchecked' : client.originIssuer.is;
  if (rule === 'unchecked') return undefined;
  const expected = rule === 'by-place' ? issuerOf(url) : issuer.origin;
  return fits('root-slash', said, expected) ? undefined : 'mismatch';
}

/** Whether a member that a client needs is there, and of its type. RFC 8414 §2. */
function isFilled(name: string, value: unknown): boolean {
  if (name.endsWith('_supported')) return Array.isArray(value);
  if (typeof value !== 'string' || value === '') return false;
  return name === 'issuer' || URL.canParse(value);
}

/** Whether a client makes nothing of a document since a member is not of its type. */
export function isMisshapen(client: Client, json: JsonObject, shapes: Shapes, notes: Notes): boolean {
  if (client.shapes === 'unknown' || client.shapes.is === 'unchecked') return false;
  if (misshapen(json, shapes).length === 0) return false;
  notes.cite(client.shapes);
  return true;
}

function fits(
  rule: Exclude<Client['issuer'], 'unknown'>['is'],
  said: string | undefined,
  expected: string,
): boolean {
  if (rule === 'unchecked' || said === expected) return true;
  if (said === undefined || rule === 'exact') return false;
  if (rule === 'exact-or-slash-less') return `${said}/` === expected;
  const [one, other] = [URL.parse(said), URL.parse(expected)];
  return one !== null && one.pathname === '/' && one.href === other?.href;
}

/** The issuer that a well-known address stands for. */
function issuerOf(address: string): string {
  const { origin, pathname } = new URL(address);
  const [before = '', after = ''] = pathname.split(
    /\/\.well-known\/(?:oauth-authorization-server|openid-configuration)/,
  );
  return origin + before + after;
}

function judgePkce(client: Client, json: JsonObject, notes: Notes): 'accepted' | 'next' | 'refused' {
  const methods = asStrings(json.code_challenge_methods_supported);
  if (methods?.includes('S256')) return 'accepted';
  const rule = client.pkce === 'unknown' ? 'unknown' : client.pkce.is[methods ? 'withoutS256' : 'absent'];
  if (rule === 'unknown') notes.doubt('what it does where PKCE with S256 is not promised');
  return rule === 'unknown' ? 'accepted' : rule;
}

function pkceEnd(client: Client, json: JsonObject, notes: Notes): End {
  notes.cite(client.pkce);
  const isAbsent = json.code_challenge_methods_supported === undefined;
  return {
    result: 'stops',
    reason: isAbsent
      ? 'at the metadata of the authorization server: it does not promise PKCE.'
      : 'at the metadata of the authorization server: it does not promise PKCE with S256.',
    code: isAbsent ? 'ASM-10' : 'ASM-11',
  };
}

/** Whether a client refuses a document that it found for what it says of PKCE. */
export function refusesPkce(client: Client, json: JsonObject, notes: Notes): End | undefined {
  return judgePkce(client, json, notes) === 'refused' ? pkceEnd(client, json, notes) : undefined;
}
