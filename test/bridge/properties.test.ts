import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventStreamParser, type ServerEvent } from '../../src/bridge/event-stream.ts';
import { LineSplitter } from '../../src/bridge/lines.ts';
import { heads, idKey, members, scan } from '../../src/bridge/scan.ts';
import { eachElement, findMember, skipSpace, valueAt } from '../../src/bridge/walk.ts';
import { cut, cutBytes } from '../support/chunks.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

describe('however any bytes are cut into chunks', () => {
  test('an event stream has the same events, or is refused', () => {
    const pieces = [
      'data:',
      'id:',
      'id: \u0001',
      'retry: 9',
      'event:x',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      ':',
      ' ',
      '\ufeff',
      '\0',
    ];
    /** The events, those with data that went ahead in pieces put together again. */
    const read = (chunks: readonly Uint8Array[], large?: number) => {
      const parser = new EventStreamParser(120, large);
      try {
        const events = chunks.flatMap(chunk => parser.push(chunk));
        let ahead: Uint8Array[] = [];
        return events.flatMap(({ piece, large: isLarge, ...event }): ServerEvent[] => {
          if (piece) {
            ahead.push(...piece);
            return [];
          }
          if (!isLarge) return [event];
          const data = Uint8Array.from(Buffer.concat(ahead));
          ahead = [];
          return [{ ...event, data }];
        });
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    fc.assert(
      fc.property(cutBytes(pieces), ([source, at]) => {
        const whole = read([source]);
        const chunks = cut(source, at);
        // What is refused in the middle is refused however it comes.
        expect(read(chunks)).toEqual(whole);
        expect(read(chunks, 20)).toEqual(whole);
        if (!Array.isArray(whole)) expect(whole).toBe('net.too-large');
        else for (const { id } of whole) expect(id ?? '').not.toMatch(/[^\P{Cc}\t]/u);
      }),
      { numRuns: 1_000 },
    );
  });

  test('the lines are the same, and so are those that are too long', () => {
    const read = (chunks: readonly Uint8Array[]) => {
      let tooLong = 0;
      const splitter = new LineSplitter({ limit: 12, onTooLong: () => tooLong++ });
      const lines = chunks.flatMap(chunk => splitter.push(chunk)).map(text);
      const rest = splitter.end();
      return { lines, rest: rest && text(rest), tooLong };
    };
    fc.assert(
      fc.property(cutBytes(['\n', '\r\n', '\r', '0123456789', 'é', '']), ([source, at]) => {
        expect(read(cut(source, at))).toEqual(read([source]));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('finding one’s way in JSON', () => {
  const spaced = (json: unknown) => JSON.stringify(json, null, 2).replaceAll('\n', '\r\n\t');

  test('finds what JSON.parse finds, and nothing else', () => {
    const keys = fc.oneof(fc.constantFrom('a', 'id', '__proto__', '"', '\\', '\u2028'), fc.string());
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue(), { noNullPrototype: true }), keys, (json, name) => {
        const source = bytes(spaced(json));
        const parsed = JSON.parse(text(source)) as Record<string, unknown>;
        const place = /^[\x20-\x7e]{1,16}$/.test(name) ? findMember(source, 0, name) : undefined;
        if (/^[\x20-\x7e]{1,16}$/.test(name) && !/["\\]/.test(name)) {
          expect(place !== undefined).toBe(Object.hasOwn(parsed, name));
          if (place) expect(valueAt(source, place)).toEqual(parsed[name]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('visits the elements that JSON.parse finds', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), json => {
        const source = bytes(spaced(json));
        const found: unknown[] = [];
        const end = eachElement(source, 0, place => found.push(valueAt(source, place)));
        expect(found).toEqual(JSON.parse(text(source)));
        expect(skipSpace(source, end)).toBe(source.length);
      }),
      { numRuns: 500 },
    );
  });

  test('never throws, and never goes beyond the bytes there are', () => {
    const pieces = ['{', '}', '[', ']', '"', '\\', ',', ':', ' ', '"id"', '1e400', '-', 'null', 'é', '\\u00'];
    fc.assert(
      fc.property(cutBytes(pieces), fc.nat(20), ([source], at) => {
        const visit = (place: { start: number; end: number }) => {
          expect(place.end).toBeLessThanOrEqual(source.length);
          valueAt(source, place);
        };
        expect(eachElement(source, at, visit)).toBeLessThanOrEqual(source.length);
        const place = findMember(source, at, 'id');
        if (place) visit(place);
        const message = scan(source);
        for (const { id } of message ? [...heads(message), ...members(message)] : [])
          if (id !== undefined) idKey(id);
      }),
      { numRuns: 5_000 },
    );
  });

  test('gives two ids one key only when they are one id', () => {
    const id = fc.oneof(
      fc.string({ unit: 'binary' }).map(value => JSON.stringify(value)),
      fc.integer().map(String),
      fc.bigInt().map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => JSON.stringify(value)),
      fc.constantFrom('null', '"null"', '1', '1.0', '1e0', '"1"', '""', '"\\u0061"', '"a"'),
    );
    fc.assert(
      fc.property(id, id, (one, other) => {
        const isOne =
          typeof JSON.parse(one) === typeof JSON.parse(other) && JSON.parse(one) === JSON.parse(other);
        // Integers beyond 2^53 are told apart by all their digits.
        if (!isOne) expect(idKey(one)).not.toBe(idKey(other));
        else if (Math.abs(Number(JSON.parse(one))) < 2 ** 53) expect(idKey(one)).toBe(idKey(other));
      }),
      { numRuns: 3_000 },
    );
  });
});
