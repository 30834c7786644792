import { setTimeout as wait } from 'node:timers/promises';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { ServerNotification, ServerRequest, Tool } from '@modelcontextprotocol/sdk/types.js';
import { asString, asStrings, type JsonObject } from '../base/json.ts';

/** What a tool may use. */
export interface ToolContext {
  server: Server;
  extra: RequestHandlerExtra<ServerRequest, ServerNotification>;
  /** Whether the answer to the call is a stream that can carry a request to the client. */
  streams: boolean;
  /** Adds a tool for everybody and says so to every session. */
  addTool(name: string): Promise<void>;
}

export interface LabTool {
  definition: Tool;
  /** The text of the answer. What it throws becomes an error result with its message. */
  call(args: JsonObject, context: ToolContext): Promise<string>;
}

const MAX_WAIT = 300_000;
const MAX_STEPS = 1000;
const MAX_BIG = 128 * 1024 * 1024;

const text = { type: 'string' };
const number = { type: 'number' };

/** The tools every lab has. `admin` needs a scope of its own, which is asked for before it gets here. */
export const TOOLS: readonly LabTool[] = [
  tool('echo', 'Says the text again.', { text }, ['text'], async args => asString(args.text) ?? ''),
  tool('add', 'Adds two numbers.', { a: number, b: number }, ['a', 'b'], async args => {
    return String(Number(args.a) + Number(args.b));
  }),
  tool('slow', 'Takes its time and says how far it is.', { ms: number, steps: number }, [], slow),
  tool('big', 'Answers with a text of so many bytes.', { bytes: number }, ['bytes'], async args => {
    return bigText(within(args.bytes, 0, MAX_BIG, 1024));
  }),
  tool('whoami', 'Says whose token came with the call, and its scopes.', {}, [], async (_args, { extra }) => {
    return JSON.stringify({
      account: asString(extra.authInfo?.extra?.account) ?? null,
      scopes: asStrings(extra.authInfo?.scopes) ?? [],
    });
  }),
  tool(
    'admin',
    'Needs a scope that is not granted at first.',
    {},
    [],
    async () => 'You are an administrator.',
  ),
  tool(
    'ask',
    'Asks the client something in return: `elicitation`, `url-elicitation`, `sampling` or `roots`.',
    { kind: { type: 'string', enum: ['elicitation', 'url-elicitation', 'sampling', 'roots'] } },
    ['kind'],
    ask,
  ),
  tool('grow', 'Adds another tool.', { name: text }, ['name'], async (args, context) => {
    const name = asString(args.name) ?? '';
    if (!/^[a-z][a-z0-9-]{0,31}$/.test(name))
      throw new Error('A name has up to 32 letters, digits and dashes.');
    await context.addTool(name);
    return `Added ${name}.`;
  }),
];

/** What `grow` adds. */
export function grownTool(name: string): LabTool {
  return tool(name, 'Was added while the server ran.', {}, [], async () => `This is ${name}.`);
}

function tool(
  name: string,
  description: string,
  properties: Record<string, object>,
  required: string[],
  call: LabTool['call'],
): LabTool {
  return { definition: { name, description, inputSchema: { type: 'object', properties, required } }, call };
}

async function slow(args: JsonObject, { extra }: ToolContext): Promise<string> {
  const steps = within(args.steps, 1, MAX_STEPS, 5);
  const ms = within(args.ms, 0, MAX_WAIT, 1000);
  const progressToken = extra._meta?.progressToken;
  for (let progress = 1; progress <= steps; progress++) {
    if (progressToken !== undefined) {
      const params = { progressToken, progress, total: steps, message: `step ${progress} of ${steps}` };
      await extra.sendNotification({ method: 'notifications/progress', params });
    }
    // Waiting comes last: a client may take the answer before a notification that came right before it.
    await wait(ms / steps, undefined, { signal: extra.signal });
  }
  return `Done in ${steps} steps.`;
}

/** Lines of their own offsets, so that a byte lost or doubled shows; pure ASCII. */
function bigText(bytes: number): string {
  const line = 64;
  const lines = Array.from(
    { length: Math.ceil(bytes / line) },
    (_, n) => `${String(n * line).padStart(line - 1, '.')}\n`,
  );
  return lines.join('').slice(0, bytes);
}

async function ask(args: JsonObject, { server, extra, streams }: ToolContext): Promise<string> {
  const options = {
    signal: extra.signal,
    timeout: MAX_WAIT,
    // Otherwise it goes out on the stream the client opened with GET.
    ...(streams ? { relatedRequestId: extra.requestId } : {}),
  };
  switch (args.kind) {
    case 'elicitation': {
      const requestedSchema = {
        type: 'object' as const,
        properties: { colour: { type: 'string' as const, title: 'Colour' } },
        required: ['colour'],
      };
      const message = 'Which colour do you like?';
      return JSON.stringify(await server.elicitInput({ mode: 'form', message, requestedSchema }, options));
    }
    case 'url-elicitation': {
      const url = 'http://127.0.0.1:9/nowhere';
      const request = { mode: 'url' as const, message: 'Please look here.', url, elicitationId: 'lab-1' };
      return JSON.stringify(await server.elicitInput(request, options));
    }
    case 'sampling': {
      const content = { type: 'text' as const, text: 'Say hello.' };
      const messages = [{ role: 'user' as const, content }];
      return JSON.stringify(await server.createMessage({ messages, maxTokens: 16 }, options));
    }
    case 'roots':
      return JSON.stringify(await server.listRoots(undefined, options));
    default:
      throw new Error('kind is elicitation, url-elicitation, sampling or roots.');
  }
}

function within(value: unknown, least: number, most: number, otherwise: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return otherwise;
  return Math.min(most, Math.max(least, Math.floor(value)));
}
