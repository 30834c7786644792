import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeadScanner } from '../../src/bridge/head-scanner.ts';
import { idKey, members, message, oneLine, scan, withId } from '../../src/bridge/scan.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

/** Members of a JSON-RPC message in any order, doubled keys and deep or odd values included. */
const keys = fc.oneof(
  fc.constantFrom('jsonrpc', 'id', 'method', 'params', 'result', 'error'),
  fc.string({ unit: 'binary' }),
);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.constantFrom('"', '\\', '\\"', '{"id":9}', ']]}', '\u2028'),
);
const spaces = fc.constantFrom('', ' ', '\n', '\r\n\t ');

/** A key as some writers spell it: every character escaped. */
const escaped = (key: string) =>
  `"${Array.from({ length: key.length }, (_, at) => `\\u${key.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;

const objects = fc
  .array(fc.tuple(keys, value, fc.boolean(), spaces), { maxLength: 8 })
  .map(
    list =>
      `{${list.map(([key, json, odd, space]) => `${space}${odd ? escaped(key) : JSON.stringify(key)}${space}:${space}${JSON.stringify(json)}${space}`).join(',')}}`,
  );

function expected(json: unknown) {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const has = (key: string) => Object.hasOwn(json, key);
  const { id, method } = json as { id?: unknown; method?: unknown };
  if (has('id') && typeof id !== 'string' && typeof id !== 'number' && id !== null) return undefined;
  if (has('method')) {
    if (typeof method !== 'string') return undefined;
    return { kind: has('id') ? 'request' : 'notification', id, method };
  }
  return has('result') || has('error') ? { kind: 'response', id, method: undefined } : undefined;
}

test('the head that is scanned is the head that JSON.parse would find', () => {
  fc.assert(
    fc.property(objects, source => {
      const found = scan(bytes(source));
      expect(
        found && {
          kind: found.kind,
          id: found.id === undefined ? undefined : JSON.parse(found.id),
          method: found.method,
        },
      ).toEqual(expected(JSON.parse(source)));
    }),
    { numRuns: 3000 },
  );
});

test('random bytes are never an exception', () => {
  const json = fc.array(
    fc.constantFrom(...'{}[]":,\\ \n0e-', 'id', '"id"', '"method":"x"', '"result":{}', '\\u0069', 'é'),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        json.map(parts => bytes(parts.join(''))),
      ),
      data => {
        scan(data);
        oneLine(data);
      },
    ),
    { numRuns: 5000 },
  );
});

test('what is cut off is no message', () => {
  const whole = '{"jsonrpc":"2.0","id":1,"result":{"a":["]","\\""]}}';
  expect(scan(bytes(whole))?.kind).toBe('response');
  for (let length = 0; length < whole.length; length++) {
    expect(scan(bytes(whole.slice(0, length)))).toBeUndefined();
  }
  expect(scan(bytes(`${whole}{`))).toBeUndefined();
});

test('the id stays as it was written: 1, "1", 1.0 and null are four ids', () => {
  for (const id of ['1', '"1"', '1.0', 'null', '"\\u0061"', '12345678901234567890']) {
    expect(scan(bytes(`{"id": ${id} ,"method":"ping"}`))?.id).toBe(id);
  }
});

test('two spellings of one id have one key, and two ids have two', () => {
  expect(idKey('"\\u0061"')).toBe(idKey('"a"'));
  expect(idKey('1.0')).toBe(idKey('1'));
  expect(idKey('1')).not.toBe(idKey('"1"'));
  expect(idKey('9007199254740993')).not.toBe(idKey('9007199254740992'));
  expect(idKey('1e400')).not.toBe(idKey('2e400'));
});

test('a batch carries the heads of its members, and comes apart into them', () => {
  const batch = scan(bytes('[{"id":1,"method":"a"}, {"method":"b"} ,{"id":"x","result":[]}]'));
  expect(batch?.kind).toBe('batch');
  expect(batch?.parts).toEqual([
    { kind: 'request', id: '1', method: 'a' },
    { kind: 'notification', method: 'b' },
    { kind: 'response', id: '"x"' },
  ]);
  expect(batch && members(batch).map(one => text(one.bytes))).toEqual([
    '{"id":1,"method":"a"}',
    '{"method":"b"}',
    '{"id":"x","result":[]}',
  ]);
  expect(scan(bytes('[]'))).toBeUndefined();
  expect(scan(bytes('[1]'))).toBeUndefined();
  expect(scan(bytes(`[${'{"method":"a"},'.repeat(20_000)}{"method":"a"}]`))).toBeUndefined();
});

test('depth costs no stack', () => {
  const deep = `{"id":1,"result":${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}}`;
  expect(scan(bytes(deep))?.id).toBe('1');
});

test('the time grows with the length and not with its square', () => {
  const time = (size: number) => {
    const data = bytes(`{"result":"${'\\"'.repeat(size)}","list":[${'"\\\\",'.repeat(size)}1],"id":1}`);
    const start = performance.now();
    expect(scan(data)?.id).toBe('1');
    return performance.now() - start;
  };
  time(100_000);
  const one = Math.max(1, Math.min(time(100_000), time(100_000), time(100_000)));
  expect(Math.min(time(1_600_000), time(1_600_000))).toBeLessThan(one * 16 * 8);
});

test('a message that comes in pieces, cut anywhere, has the head of the whole', () => {
  const long = `"${'x'.repeat(100)}\\\\\\"${'y'.repeat(100)}\\\\"`;
  const stretched = objects.map(source => source.replaceAll('1', long));
  const batch = fc.array(objects, { maxLength: 3 }).map(list => `[${list.join(' ,')}]`);
  fc.assert(
    fc.property(fc.oneof(objects, stretched, batch), fc.array(fc.nat()), (source, at) => {
      const data = bytes(source);
      const places = [0, ...at.map(place => place % data.length), data.length].sort((a, b) => a - b);
      const scanner = new HeadScanner();
      for (const [index, end] of places.slice(1).entries()) scanner.push(data.subarray(places[index], end));
      const whole = scan(data);
      expect(scanner.end()).toEqual(whole && { ...whole, bytes: undefined });
    }),
    { numRuns: 3000 },
  );
});

test('pretty-printed JSON becomes one line of the same JSON, and one line is not copied', () => {
  fc.assert(
    fc.property(fc.jsonValue(), json => {
      const line = oneLine(bytes(JSON.stringify(json, null, 2).replaceAll('\n', '\r\n')));
      expect(text(line)).not.toMatch(/[\r\n]/);
      expect(JSON.parse(text(line))).toEqual(JSON.parse(JSON.stringify(json)));
    }),
  );
  const plain = bytes('{"a":1}');
  expect(oneLine(plain)).toBe(plain);
});

test('a message under another id changes in nothing else', () => {
  const first = scan(bytes('{ "method":"initialize", "id" : 0 , "params":{"id":0} }'));
  expect(first && text(withId(first, '"other"').bytes)).toBe(
    '{ "method":"initialize", "id" : "other" , "params":{"id":0} }',
  );
  expect(() => message({ no: 'message' })).toThrow(TypeError);
});
