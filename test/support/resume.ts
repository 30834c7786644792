import type { Message } from '../../src/bridge/channel.ts';
import { scan } from '../../src/bridge/scan.ts';
import type { Resume } from '../../src/broker/session-house.ts';

/** What a shim that lost its broker brings to the next. */
export function resume(initialized = true, standing: readonly Message[] = []): Resume {
  const initialize = scan(
    new TextEncoder().encode(
      '{"id":7,"jsonrpc":"2.0","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}',
    ),
  );
  if (!initialize) throw new Error('Not a message.');
  return { initialize, initialized, standing };
}
