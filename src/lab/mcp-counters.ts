import { asString, isObject } from '../base/json.ts';

/** What an MCP server of the lab was asked for. */
export interface McpCounters {
  /** Messages posted, by JSON-RPC method. */
  methods: Record<string, number>;
  /** `tools/call`, by the tool's name. */
  toolCalls: Record<string, number>;
  /** Tool calls that ended because the client cancelled them. */
  cancelled: number;
  posts: number;
  /** GET requests for a stream, resumptions included. */
  gets: number;
  /** GET requests with Last-Event-ID. */
  resumptions: number;
  deletes: number;
  /** Answers 401. */
  unauthorized: number;
  /** Answers 403 `insufficient_scope`. */
  insufficientScope: number;
  /** Requests that named a session the server does not know. */
  unknownSessions: number;
  sessionsOpened: number;
  sessionsOpen: number;
  /** Responses under way, streams included. */
  answersOpen: number;
}

/** All of them nought. */
export function newCounters(): McpCounters {
  return {
    methods: Object.create(null),
    toolCalls: Object.create(null),
    cancelled: 0,
    posts: 0,
    gets: 0,
    resumptions: 0,
    deletes: 0,
    unauthorized: 0,
    insufficientScope: 0,
    unknownSessions: 0,
    sessionsOpened: 0,
    sessionsOpen: 0,
    answersOpen: 0,
  };
}

const MAX_NAMES = 200;

/** Counts what a POST that was let in carries: one message or a batch. */
export function countMessages(counters: McpCounters, body: unknown): void {
  for (const message of [body].flat()) {
    if (!isObject(message)) continue;
    const method = asString(message.method);
    if (method === undefined) continue;
    countName(counters.methods, method);
    if (method === 'tools/call') countName(counters.toolCalls, toolName(message) ?? '');
  }
}

/** The tool a `tools/call` names. */
export function toolName(message: unknown): string | undefined {
  if (!isObject(message) || message.method !== 'tools/call' || !isObject(message.params)) return undefined;
  return asString(message.params.name);
}

function countName(names: Record<string, number>, name: string): void {
  if (name in names || Object.keys(names).length < MAX_NAMES) names[name] = (names[name] ?? 0) + 1;
}
