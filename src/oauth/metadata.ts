import { asString, asStrings, isObject, type JsonObject, MOST_STRINGS, parseJson } from '../base/json.ts';
import { checkUrl, difference, quote, quoteUrl, resourceCovers, type UrlRules } from './identifier.ts';
import { announcedOtherwise } from './presets.ts';
import type { AttemptProblem, ResourceMetadata, ServerMetadata } from './report.ts';

/** A document as it was answered with status 200. */
export interface Document {
  url: string;
  contentType: string | undefined;
  bytes: Uint8Array;
}

/** What a document turned out to be. `notes` are sentences about what is odd but can be lived with. */
export type Judgement<T> =
  | { ok: true; value: T; notes: readonly string[]; problem?: AttemptProblem }
  | { ok: false; problem: AttemptProblem; detail: string };

type Rejection = Extract<Judgement<never>, { ok: false }>;

/** Real metadata has three levels at most; the report must stay sendable as JSON. */
const DEEPEST = 32;

/** Whether brackets nest deeper than the limit, found without recursion. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (inString) {
      if (char === '\\') index++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (depth > DEEPEST) return true;
  }
  return false;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Protection against JSON hijacking that some frameworks put before every JSON answer. */
const HIJACK_GUARD = /^\s*(?:\)\]\}'?,?|while\s*\(1\);|for\s*\(;;\);)\s*/;

/** The JSON object a document holds. The content type is not enforced, only noted. RFC 8259 §8.1. */
function readObject(document: Document): Rejection | { ok: true; object: JsonObject; notes: string[] } {
  const notes: string[] = [];
  const reject = (problem: AttemptProblem, detail: string): Rejection => ({ ok: false, problem, detail });
  const text = decode(document.bytes);
  if (text === undefined) return reject('not-json', 'The answer is not text in UTF-8.');
  if (/^\s*</.test(text)) return reject('html', 'The answer is a web page and not metadata.');
  const [guard = ''] = HIJACK_GUARD.exec(text) ?? [];
  const json = text.slice(guard.length);
  if (isTooDeep(json)) {
    return reject('not-json', `The answer nests deeper than ${DEEPEST} levels, which no metadata does.`);
  }
  const value = parseJson(json);
  if (value === undefined) return reject('not-json', 'The answer is not JSON.');
  if (!isObject(value)) return reject('not-json', 'The answer is JSON, but not an object.');
  if (guard !== '') notes.push('Something that is not JSON stands before it; some clients refuse that.');
  if (document.bytes[0] === 0xef) notes.push('It begins with a byte order mark; some clients refuse that.');
  if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(document.contentType ?? '')) {
    const type = document.contentType === undefined ? 'no type' : quote(document.contentType);
    notes.push(`It is sent with ${type} where application/json is due; some clients refuse that.`);
  }
  return { ok: true, object: value, notes };
}

/** Reads fields with their types checked; what has the wrong type is left out, and noted. */
function fieldsOf(object: JsonObject, notes: string[]) {
  const wrong = (name: string, due: string) => {
    notes.push(`The field ${name} is left out because it is not ${due}.`);
    return undefined;
  };
  const absent = (name: string) => object[name] === undefined || object[name] === null;
  return {
    text: (name: string): string | undefined =>
      absent(name) ? undefined : (asString(object[name]) ?? wrong(name, 'a string')),
    flag: (name: string): boolean => {
      if (absent(name)) return false;
      return typeof object[name] === 'boolean' ? object[name] : (wrong(name, 'true or false') ?? false);
    },
    list: (name: string): string[] | undefined => {
      const value = object[name];
      if (absent(name)) return undefined;
      const strings = asStrings(value);
      if (!Array.isArray(value) || strings === undefined) return wrong(name, 'a list');
      if (value.length > MOST_STRINGS)
        notes.push(`Of the ${value.length} members of ${name} the first ${MOST_STRINGS} are read.`);
      if (strings.length < Math.min(value.length, MOST_STRINGS))
        notes.push(`Members of ${name} that are no strings are left out.`);
      return strings;
    },
  };
}

/** Leaves out what is `undefined`, so that optional properties are there or not. */
function defined<T extends object>(properties: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/**
 * Protected-resource metadata, believed only when its `resource` covers the server. RFC 9728 §2 and §3.3,
 * checklist item 4.
 */
export function readResourceMetadata(document: Document, server: URL): Judgement<ResourceMetadata> {
  const read = readObject(document);
  if (!read.ok) return read;
  const { object, notes } = read;
  const fields = fieldsOf(object, notes);
  if (object.resource === undefined && object.authorization_servers === undefined) {
    const other =
      object.issuer === undefined ? '' : ' It looks like the metadata of an authorization server.';
    return { ok: false, problem: 'not-metadata', detail: `It is JSON, but not resource metadata.${other}` };
  }
  const resource = fields.text('resource');
  if (resource === undefined) {
    const detail = "The field resource, the server's own URL, is missing or not a string.";
    return { ok: false, problem: 'incomplete', detail };
  }
  if (!resourceCovers(resource, server)) {
    const detail = `It speaks for ${quoteUrl(resource)} and not for this server, ${quoteUrl(server.href)}. ${difference(resource, server.href)}`;
    return { ok: false, problem: 'resource-mismatch', detail };
  }
  const authorizationServers = [...new Set(fields.list('authorization_servers') ?? [])];
  if (authorizationServers.length === 0) notes.push('It names no authorization server.');
  return {
    ok: true,
    notes,
    value: {
      url: document.url,
      resource,
      authorizationServers,
      ...defined({ scopesSupported: fields.list('scopes_supported') }),
      raw: object,
    },
  };
}

/** How server metadata is judged; the rules for URLs are those for its endpoints. */
export interface ServerMetadataRules extends UrlRules {
  /**
   * The identifiers one of which `issuer` must be, byte for byte (RFC 8414 §3.3). More than one only for
   * servers of 2025-03-26, where no metadata names an issuer.
   */
  issuers: readonly string[];
}

/**
 * Authorization-server metadata, of OAuth or of OpenID Connect. It is `incomplete`, though read, when it
 * lacks an authorization or a token endpoint that may be used. RFC 8414 §2 and §3.3, checklist items 6, 21.
 */
export function readServerMetadata(
  document: Document,
  rules: ServerMetadataRules,
): Judgement<ServerMetadata> {
  const read = readObject(document);
  if (!read.ok) return read;
  const { object, notes } = read;
  const fields = fieldsOf(object, notes);
  if (object.issuer === undefined && object.authorization_endpoint === undefined) {
    const detail = 'It is JSON, but not the metadata of an authorization server.';
    return { ok: false, problem: 'not-metadata', detail };
  }
  const issuer = fields.text('issuer');
  if (issuer === undefined) {
    return { ok: false, problem: 'incomplete', detail: 'The field issuer is missing or not a string.' };
  }
  const [expected = ''] = rules.issuers;
  const otherwise = rules.issuers.map(each => announcedOtherwise(each, issuer)).find(Boolean);
  if (!rules.issuers.includes(issuer) && !otherwise) {
    const detail = `It says that its issuer is ${quote(issuer)}, but it was looked for as ${quote(expected)}. ${difference(issuer, expected)}`;
    return { ok: false, problem: 'issuer-mismatch', detail };
  }
  if (issuer !== expected) {
    notes.push(
      `Its issuer is ${quote(issuer)} where ${quote(expected)} was expected; that is let pass here${otherwise ? `, since it is known to be one and the same operator's (${otherwise})` : ''}.`,
    );
  }
  const endpoint = (name: string): string | undefined => {
    const text = fields.text(name);
    if (text === undefined) return undefined;
    const checked = checkUrl(text, rules);
    if (checked.ok) return text;
    notes.push(`The field ${name} is left out because it ${checked.reason}.`);
    return undefined;
  };
  const endpoints = {
    authorizationEndpoint: endpoint('authorization_endpoint'),
    tokenEndpoint: endpoint('token_endpoint'),
  };
  const complete = endpoints.authorizationEndpoint !== undefined && endpoints.tokenEndpoint !== undefined;
  if (!endpoints.authorizationEndpoint) notes.push('It has no authorization endpoint that can be used.');
  if (!endpoints.tokenEndpoint) notes.push('It has no token endpoint that can be used.');
  return {
    ok: true,
    notes,
    ...(complete ? {} : { problem: 'incomplete' }),
    value: {
      url: document.url,
      issuer,
      ...defined({
        ...endpoints,
        registrationEndpoint: endpoint('registration_endpoint'),
        revocationEndpoint: endpoint('revocation_endpoint'),
        deviceAuthorizationEndpoint: endpoint('device_authorization_endpoint'),
        scopesSupported: fields.list('scopes_supported'),
        codeChallengeMethodsSupported: fields.list('code_challenge_methods_supported'),
        tokenEndpointAuthMethodsSupported: fields.list('token_endpoint_auth_methods_supported'),
        grantTypesSupported: fields.list('grant_types_supported'),
      }),
      clientIdMetadataDocumentSupported: fields.flag('client_id_metadata_document_supported'),
      authorizationResponseIssParameterSupported: fields.flag(
        'authorization_response_iss_parameter_supported',
      ),
      raw: object,
    },
  };
}

/** The metadata that 2025-03-26 has clients assume for a server that publishes none ("Fallbacks"). */
export function defaultServerMetadata(origin: string): ServerMetadata {
  return {
    url: origin,
    issuer: origin,
    authorizationEndpoint: `${origin}/authorize`,
    tokenEndpoint: `${origin}/token`,
    registrationEndpoint: `${origin}/register`,
    // That revision requires PKCE of every client, so S256 is assumed.
    codeChallengeMethodsSupported: ['S256'],
    clientIdMetadataDocumentSupported: false,
    authorizationResponseIssParameterSupported: false,
    raw: {},
  };
}
