import type { Client } from './client.ts';
import { CHATGPT, CLAUDE_CODE, CLAUDE_CONNECTORS, COPILOT_CLI, CURSOR } from './clients/closed.ts';
import { KEYBRIDGE } from './clients/keybridge.ts';
import { GEMINI_CLI, INSPECTOR, MCP_REMOTE, VISUAL_STUDIO_CODE } from './clients/programs.ts';
import { CSHARP_SDK, PYTHON_SDK, RUST_SDK } from './clients/sdks.ts';
import { TYPESCRIPT_1, TYPESCRIPT_2 } from './clients/typescript-sdk.ts';

/** Every client that is known, as data: where it looks, how strict it is, and where that can be read. */
export const CLIENTS: readonly Client[] = [
  CLAUDE_CONNECTORS,
  CLAUDE_CODE,
  VISUAL_STUDIO_CODE,
  CURSOR,
  CHATGPT,
  COPILOT_CLI,
  GEMINI_CLI,
  INSPECTOR,
  MCP_REMOTE,
  TYPESCRIPT_1,
  TYPESCRIPT_2,
  PYTHON_SDK,
  CSHARP_SDK,
  RUST_SDK,
  KEYBRIDGE,
];
