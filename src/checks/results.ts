import { isObject, type Json } from '../base/json.ts';

/** The revisions of MCP there are. */
const REVISIONS = ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07'];

/**
 * What hosts that check the results of the first calls stumble over, as the rest of a sentence; `undefined` where
 * there is nothing. MCP 2025-11-25, Schema: InitializeResult and ListToolsResult.
 */
export function flawOfResult(method: string, result: Json | undefined): string | undefined {
  if (!isObject(result)) return 'the result is no object';
  if (method === 'initialize') {
    const { protocolVersion, capabilities, serverInfo } = result;
    if (typeof protocolVersion !== 'string') return `protocolVersion is ${kindOf(protocolVersion)}`;
    if (!REVISIONS.includes(protocolVersion))
      return `protocolVersion is ${JSON.stringify(protocolVersion.slice(0, 40))}, which is no revision`;
    if (!isObject(capabilities)) return `capabilities is ${kindOf(capabilities)}`;
    if (!isObject(serverInfo)) return `serverInfo is ${kindOf(serverInfo)}`;
    const wrong = ['name', 'version'].find(name => typeof serverInfo[name] !== 'string');
    return wrong === undefined ? undefined : `${wrong} of serverInfo is ${kindOf(serverInfo[wrong])}`;
  }
  if (method !== 'tools/list') return undefined;
  const { tools, nextCursor } = result;
  if (nextCursor !== undefined && typeof nextCursor !== 'string')
    return `nextCursor is ${kindOf(nextCursor)}`;
  if (!Array.isArray(tools)) return `tools is ${kindOf(tools)}`;
  for (const tool of tools) {
    if (!isObject(tool)) return `one of the tools is ${kindOf(tool)}`;
    if (typeof tool.name !== 'string') return `name of a tool is ${kindOf(tool.name)}`;
    const { inputSchema } = tool;
    if (!isObject(inputSchema)) return `inputSchema of a tool is ${kindOf(inputSchema)}`;
    if (inputSchema.type !== 'object') return 'inputSchema of a tool is not of the type object';
  }
  return undefined;
}

function kindOf(value: Json | undefined): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'an object' : `a ${typeof value}`;
}
