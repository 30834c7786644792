/** The official MCP SDK, version 1, loaded only when a lab is started. */
export async function loadSdk() {
  const [mcp, streamable, sse, types] = await Promise.all([
    import('@modelcontextprotocol/sdk/server/mcp.js'),
    import('@modelcontextprotocol/sdk/server/streamableHttp.js'),
    import('@modelcontextprotocol/sdk/server/sse.js'),
    import('@modelcontextprotocol/sdk/types.js'),
  ]);
  return {
    McpServer: mcp.McpServer,
    StreamableHTTPServerTransport: streamable.StreamableHTTPServerTransport,
    SSEServerTransport: sse.SSEServerTransport,
    types,
  };
}

export type Sdk = Awaited<ReturnType<typeof loadSdk>>;
