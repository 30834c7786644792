import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { McpCounters } from './mcp-counters.ts';
import type { Sdk } from './sdk.ts';
import { grownTool, type LabTool, TOOLS } from './tools.ts';

const MAX_GROWN = 100;

/** Every conversation of one server: the same tools, one McpServer for each session. */
export class McpConversations {
  readonly #sdk: Sdk;
  readonly #counters: McpCounters;
  readonly #streams: boolean;
  readonly #tools = new Map<string, LabTool>(TOOLS.map(tool => [tool.definition.name, tool]));
  readonly #open = new Set<McpServer>();

  constructor(sdk: Sdk, counters: McpCounters, streams = true) {
    this.#sdk = sdk;
    this.#counters = counters;
    this.#streams = streams;
  }

  /** Connects a new server to the transport. */
  async start(transport: Transport): Promise<void> {
    const server = this.#build();
    this.#open.add(server);
    server.server.onclose = () => this.#open.delete(server);
    await server.connect(transport);
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map(server => server.close().catch(() => undefined)));
  }

  /** Adds a tool and tells every session. */
  async addTool(name: string): Promise<void> {
    if (this.#tools.size >= TOOLS.length + MAX_GROWN) throw new Error('There are enough tools.');
    if (!this.#tools.has(name)) this.#tools.set(name, grownTool(name));
    // A session without a stream misses it, as it would anywhere.
    await Promise.all([...this.#open].map(open => open.server.sendToolListChanged().catch(() => undefined)));
  }

  #build(): McpServer {
    const { McpServer, types } = this.#sdk;
    const mcp = new McpServer(
      { name: 'keybridge-lab', version: '1.0.0' },
      {
        capabilities: { tools: { listChanged: true } },
        instructions: 'A practice server. Its tools do nothing of consequence.',
      },
    );
    const { server } = mcp;
    server.setRequestHandler(types.ListToolsRequestSchema, () => ({
      tools: [...this.#tools.values()].map(tool => tool.definition),
    }));
    server.setRequestHandler(types.CallToolRequestSchema, async ({ params }, extra) => {
      const tool = this.#tools.get(params.name);
      if (tool === undefined) {
        throw new types.McpError(types.ErrorCode.InvalidParams, 'There is no tool of that name.');
      }
      const args = JSON.parse(JSON.stringify(params.arguments ?? {}));
      try {
        const addTool = (name: string) => this.addTool(name);
        const text = await tool.call(args, { server, extra, streams: this.#streams, addTool });
        return { content: [{ type: 'text', text }] };
      } catch (thrown) {
        if (extra.signal.aborted) this.#counters.cancelled++;
        const text = thrown instanceof Error ? thrown.message : 'It failed.';
        return { content: [{ type: 'text', text }], isError: true };
      }
    });
    mcp.registerResource(
      'readme',
      'lab://readme',
      { title: 'About the lab', mimeType: 'text/plain' },
      async uri => ({ contents: [{ uri: uri.href, mimeType: 'text/plain', text: 'This is the lab.' }] }),
    );
    mcp.registerPrompt('greeting', { title: 'A greeting', description: 'Says hello.' }, () => ({
      messages: [{ role: 'user', content: { type: 'text', text: 'Say hello to the lab.' } }],
    }));
    return mcp;
  }
}
