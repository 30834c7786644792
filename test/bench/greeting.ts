/** What a host says first, and what it says once that is answered. */
export const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1.0.0' },
  },
};

export const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };
