import type { ServerResponse } from 'node:http';
import { isObject, type JsonObject } from '../../src/base/json.ts';

/** Written at once. Bytes. */
const CHUNK = 64 * 1024;

/** Lines as text has them, escaped as JSON has them: made once, so that making them is not what is measured. */
const LINE = Buffer.from(`${'.'.repeat(62)}\\n`);

/** Answers a call of the tool `big` with a text of about `bytes` bytes. */
export async function sendLarge(res: ServerResponse, call: JsonObject, asJson: boolean): Promise<void> {
  const params = isObject(call.params) && isObject(call.params.arguments) ? call.params.arguments : {};
  const lines = Math.ceil(Number(params.bytes) / LINE.length);
  const head = `{"jsonrpc":"2.0","id":${JSON.stringify(call.id)},"result":{"content":[{"type":"text","text":"`;
  const before = asJson ? head : `event: message\ndata: ${head}`;
  const after = asJson ? '"}]}}' : '"}]}}\n\n';
  res.writeHead(200, {
    'Content-Type': asJson ? 'application/json' : 'text/event-stream',
    ...(asJson ? { 'Content-Length': before.length + lines * LINE.length + after.length } : {}),
  });
  res.write(before);
  const block = Buffer.alloc(CHUNK, LINE);
  for (let left = lines * LINE.length; left > 0; left -= CHUNK) {
    if (!res.write(left < CHUNK ? block.subarray(0, left) : block)) await room(res);
    if (res.destroyed) return;
  }
  res.end(after);
}

/** Resolves when more may be written, or nothing can be any more. */
function room(res: ServerResponse): Promise<void> {
  if (res.destroyed) return Promise.resolve();
  return new Promise(resolve => {
    const done = () => {
      res.off('drain', done).off('close', done);
      resolve();
    };
    res.on('drain', done).on('close', done);
  });
}
