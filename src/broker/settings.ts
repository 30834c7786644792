import type { HeaderList, NetworkSettings } from '../base/world.ts';
import type { ClientOptions } from '../oauth/client-options.ts';

export type Transport = 'http-first' | 'sse-first' | 'http-only' | 'sse-only';

/** One server and one account on it. */
export interface Target {
  /** The MCP server's URL, normalized by WHATWG URL. */
  server: string;
  profile: string;
}

/**
 * Everything one shim's command line and environment say. It crosses the socket in the shim's greeting
 * and belongs to that shim alone: the broker has no settings of its own.
 */
export interface BridgeSettings extends Target {
  /** Header fields of the user's for every request to the MCP server. Their values are secrets. */
  headers: HeaderList;
  transport: Transport;
  /** Patterns of tools to leave out. */
  ignoreTools: readonly string[];
  client: ClientOptions;
  network: NetworkSettings;
  /** `false`: cookies of the server's are neither kept nor sent. */
  cookies?: boolean;
  /** Milliseconds between two pings to the server; none are sent where it is absent. */
  pingInterval?: number;
  /** A program to run with the URL as its last argument in place of the system's opener. */
  browser?: string;
  debug: boolean;
  silent: boolean;
}
