import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FromHost } from '../../src/node/from-host.ts';
import { cut } from '../support/chunks.ts';

interface Found {
  /** What is passed on, as text. */
  passed: string[];
  /** The raw ids of what is refused, in order. */
  refused: string[];
  sound: boolean[];
  encodings: string[];
}

function hear(chunks: readonly Uint8Array[], limit?: number): Found {
  const found: Found = { passed: [], refused: [], sound: [], encodings: [] };
  const from = new FromHost(
    {
      onMessage: ({ pieces }) => found.passed.push(Buffer.concat(pieces).toString()),
      onTooLong: ({ ids }) => found.refused.push(...ids),
      onOther: ({ ids, isSound }) => {
        found.refused.push(...ids);
        found.sound.push(isSound);
      },
      onEncoding: name => found.encodings.push(name),
    },
    limit,
  );
  for (const chunk of chunks) from.push(chunk);
  from.end();
  return found;
}

/** What is found of a text, whole and cut into single bytes. */
function found(text: string | Uint8Array): Found {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const whole = hear([bytes]);
  expect(hear(Array.from(bytes, byte => Uint8Array.of(byte)))).toEqual(whole);
  return whole;
}

const A = '{"jsonrpc":"2.0","id":1,"method":"a"}';
const B = '{"jsonrpc":"2.0","id":"b","method":"b","params":{"id":9}}';
const NOTE = '{"jsonrpc":"2.0","method":"note"}';
const ANSWER = '{"jsonrpc":"2.0","id":7,"result":{"id":8}}';

describe('a line that is no JSON text', () => {
  test.each<[string, string, string[]]>([
    ['something behind the object', `${A}garbage`, ['1']],
    ['two objects', `${A}${B}`, ['1', '"b"']],
    ['two objects and a carriage return between them', `${A}\r${B}`, ['1', '"b"']],
    ['a comma behind the object', `${A},`, ['1']],
    ['a bracket too many', `${A}}`, ['1']],
    ['something before the object', `INFO: ${B}`, ['"b"']],
    ['NUL before the object', `\0${A}`, ['1']],
    ['a head of another protocol behind it', `${A}Content-Length: 37\r`, ['1']],
    ['two commas', '{"jsonrpc":"2.0","method":"m",,"id":5}', ['5']],
    ['a comma too many', '{"jsonrpc":"2.0","id":5,"method":"m",}', ['5']],
    ['a missing comma', '{"jsonrpc":"2.0" "method":"m" "id":5}', ['5']],
    ['a missing colon', '{"jsonrpc" "2.0","id":5,"method":"m"}', ['5']],
    ['a missing value', '{"id":5,"method":"m","params":}', ['5']],
    ['single quotes', "{'jsonrpc':'2.0','method':'m',\"id\":5}", ['5']],
    ['keys without quotes', '{jsonrpc:"2.0",method:"m","id":5}', ['5']],
    ['a comment', '{"id":5 /* the fifth */,"method":"m"}', ['5']],
    ['an end that is missing', '{"jsonrpc":"2.0","id":5,"method":"m","params":{"id":6,"a":', ['5']],
    ['an end in the middle of a string', '{"jsonrpc":"2.0","id":5,"method":"m', ['5']],
    ['brackets of the wrong kind', '{"id":5,"params":[1,2},"method":"m",}', ['5']],
    ['a number in the middle of which it ends', '{"jsonrpc":"2.0","method":"m","id":12', []],
    ['words in place of the id', '{"jsonrpc":"2.0","method":"m","id":12"3",}', []],
    ['an id deeper inside only', '{"method":"m","params":{"id":5},,}', []],
    ['an id in a string only', '{"method":"m","params":"\\"id\\":5",,}', []],
    ['an answer', `${ANSWER}garbage`, []],
    ['a broken answer', '{"jsonrpc":"2.0","id":5,"result":{"a":', []],
    ['a notification', `${NOTE}${NOTE}`, []],
    ['a message and an answer', `${A}${ANSWER}`, ['1']],
    ['an array that does not end', `[${A},${B}`, ['1', '"b"']],
    ['an array with an object that does not end', `[${A},{"id":2,"method":"m"`, ['1', '2']],
    ['an array with two commas', `[${A},,${B}]`, ['1', '"b"']],
    ['an array without a comma', `[${A}${B}]`, ['1', '"b"']],
    ['an array and an object', `[${A}]${B}`, ['1', '"b"']],
    ['words', 'this is no message', []],
    ['a string with an object in it', '"{\\"id\\":5}"', []],
  ])('is passed on in no part, and what can be read of its ids is refused: %s', (_what, line, ids) => {
    expect(found(`${line}\n${A}\n`)).toEqual({ passed: [A], refused: ids, sound: [false], encodings: [] });
  });
});

describe('JSON that is no message', () => {
  test.each<[string, string, string[]]>([
    ['neither a method nor a result', '{"jsonrpc":"2.0","id":5}', ['5']],
    ['a method that is no string', '{"jsonrpc":"2.0","id":"x","method":7}', ['"x"']],
    ['an object as its id', '{"jsonrpc":"2.0","id":{"id":5},"method":"m"}', []],
    ['a list as its id', '{"jsonrpc":"2.0","id":[5],"method":"m"}', []],
    ['a truth as its id', '{"jsonrpc":"2.0","id":true,"method":"m"}', []],
    ['null as its id and no method', '{"jsonrpc":"2.0","id":null}', []],
    ['nothing', '{}', []],
    ['no number as its id', '{"jsonrpc":"2.0","method":"m","id":012}', []],
  ])('is refused by its id: %s', (_what, line, ids) => {
    expect(found(`${line}\n`)).toEqual({ passed: [], refused: ids, sound: [true], encodings: [] });
  });

  test('in a batch keeps the other members from nothing', () => {
    const foreign = '5,"x{",null,true,[{"id":6,"method":"no"}],{"foo":"boo"},{"id":9},{"id":"t","method":1}';
    const line = `[ ${A} , ${foreign}, ${NOTE},${ANSWER} ,${B}]`;
    const expected = { passed: [A, NOTE, ANSWER, B], refused: ['9', '"t"'], sound: [true], encodings: [] };
    expect(found(`${line}\r\n`)).toEqual(expected);
    expect(found('[]\n').refused).toEqual([]);
    // Where each member is a message, it goes as it is.
    expect(found(`[${A},${B}]`).passed).toEqual([`[${A},${B}]`]);
  });
});

describe('what stands before the first line', () => {
  test('is passed over where it is a byte order mark', () => {
    expect(found(`\ufeff${A}\r\n${B}\n`)).toEqual({ passed: [A, B], refused: [], sound: [], encodings: [] });
    // A file put behind another has one in the middle.
    expect(found(`${A}\n\ufeff${B}`).passed).toEqual([A, B]);
  });

  test('is refused where it only begins like one', () => {
    for (const start of ['efbb', 'ef', 'efbbbb', 'bbbf']) {
      const bytes = Buffer.concat([Buffer.from(start, 'hex'), Buffer.from(`${A}\n${B}\n`)]);
      expect(found(bytes)).toMatchObject({ passed: [B], refused: ['1'] });
    }
  });

  test.each(['utf-16le', 'utf-16be'])('says that all is in %s, which is then read', encoding => {
    const swap = (bytes: Buffer) => (encoding === 'utf-16be' ? bytes.swap16() : bytes);
    for (const mark of ['\ufeff', '']) {
      const text = `${mark}${A}\r\n{"jsonrpc":"2.0","id":"Č😀","method":"m"}\n`;
      const heard = found(swap(Buffer.from(text, 'utf16le')));
      expect(heard.passed).toEqual([A, '{"jsonrpc":"2.0","id":"Č😀","method":"m"}']);
      expect(heard.encodings).toEqual([encoding]);
    }
  });
});

/** Objects, each with what is expected of it in a line that is no message. */
const ids = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 70n }).map(String),
  fc.string({ maxLength: 6 }).map(text => JSON.stringify(text)),
);
const inside = fc.constantFrom('{"id":0}', '[{"id":0,"method":"x"}]', '"\\"id\\":0}"', '7', 'null');
const objects = fc.oneof(
  fc
    .tuple(ids, inside)
    .map(([id, params]) => ({ text: `{"params":${params},"id":${id},"method":"m"}`, id, valid: true })),
  fc.tuple(ids, inside).map(([id, other]) => ({ text: `{"id":${id},"x":${other}}`, id, valid: false })),
  ids.map(id => ({ text: `{"id":${id},"result":{}}`, id: undefined, valid: true })),
  inside.map(params => ({ text: `{"method":"n","params":${params}}`, id: undefined, valid: true })),
  inside.map(other => ({ text: `{"id":[1],"x":${other}}`, id: undefined, valid: false })),
);

describe('generated lines', () => {
  const lists = fc.array(objects, { minLength: 1, maxLength: 6 });
  const cuts = fc.array(fc.nat(), { maxLength: 12 });

  test('of objects with something between them: each id that can be read is refused once, none is made up', () => {
    const between = fc.constantFrom('', ' ', ',', 'x', '}', ' : ', '\t5 ');
    fc.assert(
      fc.property(lists, between, fc.constantFrom('', '!', '}', ']'), cuts, (list, gap, end, at) => {
        const line = `${list.map(({ text }) => text).join(gap)}${end}`;
        fc.pre(list.length > 1 || end !== '');
        const { passed, refused } = hear(cut(Buffer.from(`${line}\n`), at));
        expect(passed).toEqual([]);
        expect(refused).toEqual(list.flatMap(({ id }) => id ?? []));
      }),
      { numRuns: 1_000 },
    );
  });

  test('that are batches: each member is passed on or refused', () => {
    const other = inside.filter(text => !text.startsWith('{'));
    const foreign = fc.oneof(
      objects,
      other.map(text => ({ text, id: undefined, valid: false })),
    );
    fc.assert(
      fc.property(fc.array(foreign, { minLength: 1, maxLength: 8 }), cuts, (list, at) => {
        const line = `[${list.map(({ text }) => text).join(' , ')}]`;
        const { passed, refused } = hear(cut(Buffer.from(`${line}\n`), at));
        const isWhole = list.every(({ valid }) => valid);
        expect(passed).toEqual(isWhole ? [line] : list.flatMap(({ text, valid }) => (valid ? text : [])));
        expect(refused).toEqual(list.flatMap(({ id, valid }) => (valid ? [] : (id ?? []))));
      }),
      { numRuns: 1_000 },
    );
  });

  test('of any bytes end in no error, however they are cut, and the next line is whole', () => {
    const signs = fc.constantFrom(...'{}[],:"\\ 1e-', '"id":1', '"method":"m"', '"result":0', '\0', '\ufeff');
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 40 }), cuts, (parts, at) => {
        const bytes = Buffer.from(`\n${parts.join('')}\n${A}\n`);
        const whole = hear([bytes]);
        expect(hear(cut(bytes, at))).toEqual(whole);
        expect(whole.passed.at(-1)).toBe(A);
      }),
      { numRuns: 3_000 },
    );
  });
});

test('a broken line costs work in proportion to its length, a chunk at a time, and no memory', () => {
  const chunk = Buffer.from('"a":{"x":["\\\\",'.repeat(4_000));
  const longest = (start: string) => {
    const from = new FromHost({
      onMessage: () => {},
      onTooLong: () => {},
      onOther: () => {},
      onEncoding: () => {},
    });
    from.push(Buffer.from(start));
    let most = 0;
    for (let count = 0; count < 400; count++) {
      const began = process.cpuUsage();
      from.push(chunk);
      const { user, system } = process.cpuUsage(began);
      most = Math.max(most, user + system);
    }
    const began = process.cpuUsage();
    from.end();
    const { user, system } = process.cpuUsage(began);
    return { most, end: user + system };
  };
  for (const start of ['{"id":1,,', '{"id":1}!', '[1,', '']) {
    const { most, end } = longest(start);
    // Microseconds of this process's own work; a turn of the event loop is not held up.
    expect(Math.max(most, end)).toBeLessThan(50_000);
  }
});
