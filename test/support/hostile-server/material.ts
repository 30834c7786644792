import type { Json, Message, StreamPart } from './conversation.ts';

/** The text of a JSON value. */
export function jsonText(json: Json): string {
  switch (json.kind) {
    case 'plain':
      return json.json;
    case 'text':
      return `"${json.unit.repeat(json.times)}"`;
    case 'nested':
      return `${json.open.repeat(json.depth)}1${(json.open === '[' ? ']' : '}').repeat(json.depth)}`;
    case 'members': {
      const name = 'k'.repeat(json.name);
      const member = (at: number) => `"${name}${json.same ? '' : at}":${json.value}`;
      return `{${Array.from({ length: json.count }, (_, at) => member(at)).join(',')}}`;
    }
    case 'items':
      return `[${Array.from({ length: json.count }, () => json.item).join(',')}]`;
    case 'digits':
      return `1${'9'.repeat(json.count)}`;
    case 'secrets':
      return secrets(json);
  }
}

function secrets(json: Extract<Json, { kind: 'secrets' }>): string {
  const beginning = json.letter.repeat(Math.max(1, Math.ceil(json.length / json.letter.length)));
  const one = (at: number) => {
    const end = `x${at}`;
    return `{"${json.field}":"${beginning.slice(0, Math.max(1, json.length - end.length))}${end}"}`;
  };
  return `[${Array.from({ length: json.count }, (_, at) => one(at)).join(',')}]`;
}

/** The messages in one text each; several where they are not a batch. `id` is the raw JSON of what is answered. */
export function messageTexts(message: Message, id: string): string[] {
  const value = jsonText(message.value);
  const one = (at: number) => messageText(message, value, id, at);
  if (!message.batch) return Array.from({ length: message.times }, (_, at) => one(at)).flat();
  return [
    `[${Array.from({ length: message.times }, (_, at) => one(at))
      .flat()
      .join(',')}]`,
  ];
}

function messageText({ kind }: Message, value: string, id: string, at: number): string[] {
  const head = '{"jsonrpc":"2.0"';
  switch (kind) {
    case 'answer':
      return [`${head},"id":${id},"result":{"content":[],"more":${value}}}`];
    case 'twice':
      return [
        `${head},"id":${id},"result":{"more":${value}}}`,
        `${head},"id":${id},"result":{"second":true}}`,
      ];
    case 'foreign':
      return [`${head},"id":"foreign-${at}","result":${value}}`];
    case 'error':
      return [`${head},"id":${id},"error":{"code":-32000,"message":"No.","data":${value}}}`];
    case 'forged':
      return [`${head},"id":${id},"error":{"code":-32001,"message":"No.","data":{"keybridge":${value}}}}`];
    case 'notification':
      return [`${head},"method":"notifications/message","params":{"level":"info","data":${value}}}`];
    case 'progress':
      return [
        `${head},"method":"notifications/progress","params":{"progressToken":${at},"progress":${at},"more":${value}}}`,
      ];
    case 'list-changed':
      return [`${head},"method":"notifications/tools/list_changed"}`];
    case 'request':
      return [`${head},"id":"s${at}","method":"roots/list","params":{"more":${value}}}`];
    case 'half':
      return [`${head},"id":${id},"result":{"more":${value}`];
  }
}

/** The bytes of part of an event stream. */
export function partBytes(part: StreamPart, id: string): Buffer {
  if (part.kind === 'raw') return Buffer.from(part.text.repeat(part.times));
  const { lineEnd } = part;
  const event = (text: string) => `data: ${text}${lineEnd}${lineEnd}`;
  return Buffer.from(messageTexts(part.message, id).map(event).join(''));
}
