import { Fault } from '../base/fault.ts';
import { word } from '../base/text.ts';
import type { Message } from './channel.ts';

/** The JSON-RPC code of every error that is ours and not the server's; implementation-defined, §5.1. */
const FAULT_ERROR_CODE = -32001;

/** The answer to a request that a Fault prevents. `id` is raw JSON, as in {@link Message.id}. */
export function errorAnswer(id: string, fault: Fault): Message {
  const error = { code: FAULT_ERROR_CODE, message: fault.sentence, data: { keybridge: fault.toJSON() } };
  return { ...answerWith(id, JSON.stringify(error)), fault };
}

/** The error answer to a request; `id` and `error` are raw JSON. */
export function answerWith(id: string, error: string): Message {
  const text = `{"jsonrpc":"2.0","id":${id},"error":${error}}`;
  return { bytes: new TextEncoder().encode(text), kind: 'response', id };
}

/** The answer went missing after the request may have been carried out. */
export function streamLost(what: string, evidence: readonly string[], cause?: unknown): Fault {
  const late = cause instanceof Fault && isLate(cause) ? cause : undefined;
  const how = late ? `${late.message} It was waited for` : 'The connection broke';
  return new Fault(
    'server.stream-lost',
    `${how} while ${what} was running; it may or may not have been carried out.`,
    { remedy: `Check before you try again.${late?.remedy ? ` ${late.remedy}` : ''}`, evidence, cause },
  );
}

/** Whether a limit for an answer is over, and not one for the connection: the request is with the server. */
export function isLate({ code, data }: Fault): boolean {
  return code === 'net.timeout' && data?.phase !== undefined && data.phase !== 'connect';
}

/** Whether there was no connection, so that nothing of the request can have been read. */
export function isUnsent({ code, data }: Fault): boolean {
  return ['net.dns', 'net.refused', 'net.tls'].includes(code) || data?.phase === 'connect';
}

/** The server answered with something that is not MCP. */
export function notMcp(status: number, type: string | null, evidence: readonly string[]): Fault {
  const kind = type ? `content of type ${word(type, 80)}` : 'no content';
  return new Fault(
    'server.not-mcp',
    `The server answered with status ${status} and ${kind}, which is not an MCP answer.`,
    {
      remedy: 'Check the URL, and what stands in front of the server (a gateway, a sign-in page).',
      evidence,
    },
  );
}

/** The server took a request and said that no answer follows. */
export function noAnswer(what: string, status: number, evidence: readonly string[]): Fault {
  return new Fault(
    'server.not-mcp',
    `The server took ${what} with status ${status} and gave no answer to it.`,
    { remedy: 'Report this to whoever runs the server: each request needs an answer.', evidence },
  );
}

/** Any other status that refuses a message. */
export function refused(status: number, type: string | null, evidence: readonly string[]): Fault {
  if (status === 401 || status === 403) {
    return new Fault('server.refused', `The server refused access with status ${status}.`, {
      remedy: 'Sign in again with an account that may use this server, or ask whoever runs it.',
      evidence,
    });
  }
  const kind = type && !/json/i.test(type) ? ` and content of type ${word(type, 80)}` : '';
  const where =
    status >= 500 ? 'The server, or a gateway before it, failed' : 'The server refused the message';
  return new Fault(
    /html/i.test(type ?? '') ? 'server.not-mcp' : 'server.refused',
    `${where} with status ${status}${kind}.`,
    {
      remedy:
        status >= 500
          ? 'Try again later; if it lasts, tell whoever runs the server.'
          : status === 404 || status === 405
            ? "Check the server's URL."
            : 'Look at the exchange in the trace.',
      evidence,
    },
  );
}

/** The user's own Authorization header was refused; signing in cannot help. */
export function headerRefused(status: number, evidence: readonly string[]): Fault {
  return new Fault(
    'server.header-refused',
    `The server refused the Authorization header from your settings with status ${status}.`,
    { remedy: 'Correct the header, or leave it out and sign in instead.', evidence },
  );
}

/** A redirect that is not followed, because credentials must not leave the origin they are for. */
export function redirected(status: number, location: URL | undefined, evidence: readonly string[]): Fault {
  if (!location) {
    return new Fault('net.redirect', `The server answered with redirect ${status} and no usable location.`, {
      evidence,
    });
  }
  // The query may hold secrets, and a user has no use for it.
  const target = word(`${location.origin}${location.pathname}`, 200);
  return new Fault('net.redirect', `The server redirects (${status}) to ${target}, which is not followed.`, {
    remedy:
      'If that is where the server is now, and you trust it, give it as its URL; if it is a sign-in page, ask the operator to let MCP clients past it.',
    evidence,
  });
}

/** The server names the session with what no header field should carry. Streamable HTTP, "Session Management". */
export function oddSession(evidence: readonly string[]): Fault {
  return new Fault('server.not-mcp', 'The server gave the session an id that MCP does not allow.', {
    remedy: 'Report this to whoever runs the server: an id is made of visible ASCII characters.',
    evidence,
  });
}

/** The server forgot the session and would not give another. */
export function sessionLost(why: string, evidence: readonly string[], cause?: unknown): Fault {
  return new Fault(
    'server.session-lost',
    `The server no longer knows this session, and a new one failed: ${why}`,
    {
      remedy: 'Start the connection again in your application.',
      evidence,
      cause,
    },
  );
}
