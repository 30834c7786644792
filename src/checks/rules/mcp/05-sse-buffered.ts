import type { Check } from '../../check.ts';
import { STREAMABLE_NEXT, thread } from '../../references.ts';
import { remedyFor } from '../../software.ts';

export const check: Check = {
  code: 'MCP-05',
  name: 'sse-buffered',
  severity: 'fragile',
  references: [
    STREAMABLE_NEXT,
    thread('modelcontextprotocol/java-sdk', 848),
    thread('ggml-org/llama.cpp', 20872),
  ],
  *find(view) {
    const stream = view.answer('call-stream');
    const tools = view.answer('call-tools');
    const isLate = stream?.failure?.code === 'net.timeout' && tools?.status === 200;
    const whole = view
      .answers('call-initialize', 'call-tools', 'call-stream')
      .find(each => each.mediaType === 'text/event-stream' && each.field('content-length') !== undefined);
    if (!isLate && !whole) return;
    // One message and its end: an application that writes both at once knows the length, and nobody waits for more.
    const isSingle = !isLate && whole?.text.match(/^data:/gm)?.length === 1;
    yield {
      title: isLate
        ? 'The head of the server’s stream does not arrive: something collects the stream before it passes it on.'
        : 'An event stream arrives with a Content-Length: something has collected all of it first.',
      detail:
        'Events come late and all at once, progress is not seen, and long calls run into time limits. Proxies do this to every answer unless told otherwise.',
      remedy: remedyFor(
        view,
        {
          'ingress-nginx': 'nginx.ingress.kubernetes.io/proxy-buffering: "off"',
          nginx: 'proxy_buffering off; and proxy_http_version 1.1; in the location of the server.',
          apache: 'ProxyPass … flushpackets=on, and no mod_deflate for text/event-stream.',
        },
        'Turn buffering and compression off for text/event-stream in every proxy; send X-Accel-Buffering: no with streams.',
      ),
      evidence: [...(isLate && stream ? [stream.id] : []), ...(whole ? [whole.id] : [])],
      ...(isSingle ? { severity: 'note' as const } : {}),
    };
  },
};
