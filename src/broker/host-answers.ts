import { Fault } from '../base/fault.ts';
import { isObject, type JsonObject, parseJson } from '../base/json.ts';
import { quoted, word } from '../base/text.ts';
import type { Message } from '../bridge/channel.ts';
import { errorAnswer } from '../bridge/errors.ts';
import { heads, message } from '../bridge/scan.ts';
import type { Link } from '../oauth/sign-in.ts';

/** Protocol versions of the handshake era, newest first. */
const VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

/** Every list a host may ask for, with the capability it belongs to and its empty answer. */
const LISTS: Readonly<Record<string, readonly [capability: string, member: string]>> = {
  'tools/list': ['tools', 'tools'],
  'prompts/list': ['prompts', 'prompts'],
  'resources/list': ['resources', 'resources'],
  'resources/templates/list': ['resources', 'resourceTemplates'],
};

/** What of a host's `initialize` matters to us. */
export interface HostInitialize {
  message: Message;
  id: string;
  protocolVersion: string;
  clientName: string;
  /** The host can show the user a link. MCP Elicitation, URL mode. */
  canShowLinks: boolean;
}

/** Bytes of a host's `initialize` that is looked into; of a longer one only the id counts. */
const LARGEST_INITIALIZE = 128 * 1024;

/** Reads a host's `initialize`, which anyone may have written. */
export function readInitialize(request: Message): HostInitialize {
  const isRead = request.bytes.length <= LARGEST_INITIALIZE;
  const parsed = isRead ? parseJson(new TextDecoder().decode(request.bytes)) : undefined;
  const params = isObject(parsed) && isObject(parsed.params) ? parsed.params : {};
  const capabilities = isObject(params.capabilities) ? params.capabilities : {};
  const info = isObject(params.clientInfo) ? params.clientInfo : {};
  return {
    message: request,
    id: request.id ?? 'null',
    protocolVersion:
      typeof params.protocolVersion === 'string' ? params.protocolVersion : (VERSIONS[0] ?? ''),
    clientName: typeof info.name === 'string' ? info.name.slice(0, 100) : 'unknown',
    canShowLinks: isObject(capabilities.elicitation) && isObject(capabilities.elicitation.url),
  };
}

/** The `result` of an answer, parsed; `undefined` when it is an error. */
export function resultOf(answer: Message): JsonObject | undefined {
  const parsed = parseJson(new TextDecoder().decode(answer.bytes));
  return isObject(parsed) && isObject(parsed.result) ? parsed.result : undefined;
}

/** An answer with this result; `id` is raw JSON, and goes back as it came: a double would not hold every digit. */
export function answer(id: string, result: JsonObject): Message {
  const text = `{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(result)}}`;
  return { bytes: new TextEncoder().encode(text), kind: 'response', id };
}

/** What each request in a message is told that cannot be served. */
export function refusals(refused: Message, fault: Fault): Message[] {
  return heads(refused).flatMap(({ kind, id }) =>
    kind === 'request' && id !== undefined ? [errorAnswer(id, fault)] : [],
  );
}

/**
 * The answer to `initialize` while a sign-in is pending and the server was never seen: everything is
 * promised with `listChanged`, and list-changed notifications say the truth afterwards.
 */
export function presumedResult(initialize: HostInitialize, server: URL): JsonObject {
  const { protocolVersion } = initialize;
  return {
    protocolVersion: VERSIONS.includes(protocolVersion) ? protocolVersion : (VERSIONS[0] ?? ''),
    capabilities: {
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { listChanged: true },
    },
    serverInfo: { name: server.host, version: 'unknown' },
    instructions: 'A sign-in to this server is pending. Its tools appear once it is completed.',
  };
}

/** The empty answer to a list the host was promised and the server turned out not to have. */
export function emptyList(request: Message, capabilities: JsonObject): Message | undefined {
  // The host chooses the method's name, and may well name it `constructor`.
  const { method = '' } = request;
  const [capability, member] = (Object.hasOwn(LISTS, method) && LISTS[method]) || [];
  if (!capability || !member || request.id === undefined || capability in capabilities) return undefined;
  return answer(request.id, { [member]: [] });
}

/** The notifications after which a host asks for its lists again. */
export function listsChanged(promised: JsonObject): Message[] {
  return ['tools', 'prompts', 'resources']
    .filter(name => name in promised)
    .map(name => message({ jsonrpc: '2.0', method: `notifications/${name}/list_changed` }));
}

/** For whoever reads the bridge's log. */
export function whereToSignIn({ url, userCode }: Link, opened: boolean, { host }: URL): string {
  if (opened) return `Sign in to ${host} in the browser tab that has just opened.`;
  if (userCode === undefined) return `Sign in to ${host} by opening this link in a browser: ${url.href}`;
  return `Sign in to ${host} by opening this link in any browser: ${url.href} The code is ${word(userCode)}: enter it there, or see that it is the one shown.`;
}

/** Asks the host to show its user the sign-in's link. MCP Elicitation, URL mode. */
export function showLink(id: string, elicitationId: string, { url, userCode }: Link, server: URL): Message {
  const code =
    userCode === undefined
      ? ''
      : ` The code is ${word(userCode)}: enter it there, or see that it is the one shown.`;
  const text = `Sign in to ${server.host}. The page is at ${url.host}.${code}`;
  const params = { mode: 'url', elicitationId, url: url.href, message: text };
  return message({ jsonrpc: '2.0', id, method: 'elicitation/create', params });
}

/** Tells the host that what the link was for is over. */
export function linkDone(elicitationId: string): Message {
  const method = 'notifications/elicitation/complete';
  return message({ jsonrpc: '2.0', method, params: { elicitationId } });
}

/** Why an answer to `initialize` is an error: the Fault it was made from here, or the server's own refusal as one. */
export function whyRefused(each: Message, server: URL): Fault {
  if (each.fault) return each.fault;
  const parsed = parseJson(new TextDecoder().decode(each.bytes));
  const error = isObject(parsed) && isObject(parsed.error) ? parsed.error : {};
  const said = typeof error.message === 'string' ? ` It says: ${quoted(error.message)}.` : '';
  return new Fault('server.refused', `${server.host} refused to begin.${said}`);
}
