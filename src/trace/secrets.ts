import type { Work } from '../base/work.ts';
import { FormTree } from './form-tree.ts';
import { type Layer, layers } from './layers.ts';

/** A place in a recorded text that must not stay, and the value that stands there. */
export interface Find {
  start: number;
  end: number;
  value: string;
}

/** Shorter values are words of everyday texts: they are secrets only where they stand alone. */
const SHORTEST = 6;
/** What is shorter even than this can be guessed, and replacing it would leave no text readable. */
const SHORTEST_ALONE = 3;
const MOST_ALONE = 64;
/** Of a secret that was cut off at the end of a text, this many characters must be there to be known. */
const SHORTEST_PREFIX = 8;
/** Characters of a secret that are compared; what follows them, up to the end of the word, belongs to it. */
const LONGEST = 64 * 1024;
/** From this length on a value is also found in capital and in small letters, and in hexadecimal. */
const SHORTEST_VARIED = 16;

const WINDOW = 4;
const BASE = 31;
const MASK = 0xffff;
/** What the character that leaves the window contributed. */
const LEAVING = (BASE ** WINDOW) & MASK;

const WORD_REST = /[^\s"'`<>\\&,;]*/y;
const WORD_CHARACTER = /[\p{L}\p{N}_]/u;

const encoder = new TextEncoder();

function binary(text: string): string {
  let out = '';
  for (const byte of encoder.encode(text)) out += String.fromCharCode(byte);
  return out;
}

/**
 * How a value looks inside the base64 of anything that contains it (`id:secret` as well as the value
 * alone): once for each place in a group of three bytes, without the edge letters its neighbours share.
 */
function base64Forms(bytes: string): string[] {
  const forms: string[] = [];
  for (let offset = 0; offset < 3; offset++) {
    const encoded = btoa('\0'.repeat(offset) + bytes);
    const form = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    forms.push(form, form.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hexOf(bytes: string): string {
  let out = '';
  for (let i = 0; i < bytes.length; i++) out += HEX[bytes.charCodeAt(i)];
  return out;
}

/** Everything that is looked for when a value is secret. What layers take off need not be listed. */
function formsOf(secret: string): Set<string> {
  const bytes = binary(secret);
  // HTTP Basic carries form-encoded credentials (RFC 6749 §2.3.1), and encoders differ in what they encode.
  const encoded = new URLSearchParams([['', bytes === secret ? secret : '']]).toString().slice(1);
  const component = encodeURIComponent(secret.toWellFormed());
  const strict = component.replace(/[-_.!~*'()]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  // A layer takes off every kind of escape at once, also those that were the secret's own letters.
  const peeled = Array.from(layers(secret, false), layer => layer.text);
  const spaced = [...peeled, bytes];
  const forms = [...spaced, ...spaced.map(form => form.replaceAll(' ', '+'))];
  for (const variant of new Set([bytes, encoded, component, strict])) forms.push(...base64Forms(variant));
  if (secret.length >= SHORTEST_VARIED) {
    const hex = hexOf(bytes);
    forms.push(secret.toLowerCase(), secret.toUpperCase(), hex, hex.toUpperCase());
  }
  return new Set(forms.filter(form => form.length >= SHORTEST));
}

/** `true` and its like stand in every message. */
const isEverydayWord = (value: string): boolean => /^(?:true|false|null|none)$/i.test(value);

/**
 * Values that are replaced wherever they occur. Bounded in number and in characters; the one that was
 * learned longest ago is forgotten first.
 */
export class Secrets {
  readonly #limit: number;
  readonly #limitOfCharacters: number;
  #characters = 0;
  /** Grows with every change of what is looked for. */
  changes = 0;
  readonly #forms = new Map<string, Set<string>>();
  readonly #tree = new FormTree();
  /** How many forms begin with characters of this hash: a filter that keeps the search out of the tree. */
  readonly #filter = new Uint32Array(MASK + 1);
  /** Values that are secrets where they stand alone. */
  readonly #alone = new Set<string>();

  constructor(limit = 2000, limitOfCharacters = 4 * 1024 * 1024) {
    this.#limit = limit;
    this.#limitOfCharacters = limitOfCharacters;
  }

  /** From now on the value is found: wherever it stands from six characters on, else where it stands alone. */
  learn(value: string): void {
    const secret = value.slice(0, LONGEST);
    if (secret.length < SHORTEST) {
      this.#learnAlone(secret);
      return;
    }
    const known = this.#forms.get(secret);
    if (known) {
      // Used again, so it is the last to be forgotten.
      this.#forms.delete(secret);
      this.#forms.set(secret, known);
      return;
    }
    const forms = formsOf(secret);
    this.#forms.set(secret, forms);
    this.#characters += secret.length;
    this.changes++;
    for (const form of forms) {
      this.#tree.add(form, secret);
      this.#count(form, 1);
    }
    for (const oldest of this.#forms.keys()) {
      if (this.#forms.size <= this.#limit && this.#characters <= this.#limitOfCharacters) break;
      this.#forget(oldest);
    }
  }

  #learnAlone(value: string): void {
    if (value.length < SHORTEST_ALONE || isEverydayWord(value) || this.#alone.has(value)) return;
    this.#alone.add(value);
    this.changes++;
    for (const oldest of this.#alone) {
      if (this.#alone.size <= MOST_ALONE) break;
      this.#alone.delete(oldest);
    }
  }

  #forget(secret: string): void {
    this.changes++;
    for (const form of this.#forms.get(secret) ?? []) {
      this.#tree.delete(form, secret);
      this.#count(form, -1);
    }
    this.#characters -= secret.length;
    this.#forms.delete(secret);
  }

  #count(form: string, by: number): void {
    let hash = 0;
    for (let i = 0; i < WINDOW; i++) hash = (hash * BASE + form.charCodeAt(i)) & MASK;
    this.#filter[hash] = (this.#filter[hash] as number) + by;
  }

  /**
   * Every place of the layer where a known value stands, or where one begins that the text's end cut off.
   * Costs as much work as characters agree; ends early, with places missing, once `work` is spent.
   */
  *find(layer: Layer, cut: boolean, work: Work): Generator<Find> {
    if (this.#forms.size > 0) yield* this.#findForms(layer, cut, work);
    for (const value of this.#alone) {
      if (!work.spend(layer.text.length / 8)) return;
      yield* findAlone(layer.text, value, work);
    }
  }

  *#findForms({ text }: Layer, cut: boolean, work: Work): Generator<Find> {
    const filter = this.#filter;
    let hash = 0;
    if (!work.spend(text.length)) return;
    for (let i = 0; i < text.length; i++) {
      // A rolling hash over the last four characters, so that the tree is asked only where it may answer.
      const leaving = i >= WINDOW ? text.charCodeAt(i - WINDOW) : 0;
      hash = (hash * BASE + text.charCodeAt(i) - leaving * LEAVING) & MASK;
      if (filter[hash] === 0 || i < WINDOW - 1) continue;
      if (work.isSpent) return;
      const start = i - WINDOW + 1;
      const match = this.#tree.match(text, start, work, cut, SHORTEST_PREFIX);
      if (!match) continue;
      yield { start, end: this.#endOf(match, text, work), value: match.secret };
    }
  }

  /** Where a secret ends of which only the beginning is compared. */
  #endOf({ secret, end }: { secret: string; end: number }, text: string, work: Work): number {
    if (secret.length < LONGEST) return end;
    WORD_REST.lastIndex = end;
    const rest = WORD_REST.exec(text)?.[0].length ?? 0;
    work.spend(rest);
    return end + rest;
  }
}

function* findAlone(text: string, value: string, work: Work): Generator<Find> {
  for (let start = text.indexOf(value); start !== -1; start = text.indexOf(value, start + 1)) {
    if (!work.spend(16)) return;
    const end = start + value.length;
    const isInWord = WORD_CHARACTER.test(text[start - 1] ?? '') || WORD_CHARACTER.test(text[end] ?? '');
    if (!isInWord) yield { start, end, value };
  }
}
