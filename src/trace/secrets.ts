import { type Layer, layers } from './layers.ts';

/** A place in a recorded text that must not stay, and the value that stands there. */
export interface Find {
  start: number;
  end: number;
  value: string;
}

/** Shorter values are words of everyday texts; where they matter they are found by their field's name. */
const SHORTEST = 6;
/** Of a secret that was cut off at the end of a text, this many characters must be there to be known. */
const SHORTEST_PREFIX = 8;
/** Characters of a secret that are compared; what follows them is taken to belong to it. */
const LONGEST = 64 * 1024;

/** Comparisons one text may cost. Beyond, its rest is hidden: only a text made to cost much gets there. */
const MOST_COMPARISONS = 500_000;

const WINDOW = 4;
const BASE = 31;
const MASK = 0xffff;
/** What the character that leaves the window contributed. */
const LEAVING = (BASE ** WINDOW) & MASK;

interface Form {
  text: string;
  secret: string;
}

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
  return new Set(forms.filter(form => form.length >= SHORTEST));
}

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
  /** Forms by their first characters, and a filter over the same that keeps the search from looking there. */
  readonly #byStart = new Map<string, Set<Form>>();
  readonly #filter = new Uint32Array(MASK + 1);

  constructor(limit = 2000, limitOfCharacters = 4 * 1024 * 1024) {
    this.#limit = limit;
    this.#limitOfCharacters = limitOfCharacters;
  }

  learn(value: string): void {
    const secret = value.slice(0, LONGEST);
    if (secret.length < SHORTEST) return;
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
    for (const text of forms) this.#index({ text, secret });
    for (const oldest of this.#forms.keys()) {
      if (this.#forms.size <= this.#limit && this.#characters <= this.#limitOfCharacters) break;
      this.#forget(oldest);
    }
  }

  #index(form: Form): void {
    this.changes++;
    const start = form.text.slice(0, WINDOW);
    const there = this.#byStart.get(start);
    if (there) there.add(form);
    else this.#byStart.set(start, new Set([form]));
    this.#count(start, 1);
  }

  #forget(secret: string): void {
    this.changes++;
    for (const text of this.#forms.get(secret) ?? []) {
      const start = text.slice(0, WINDOW);
      const there = this.#byStart.get(start);
      for (const form of there ?? []) if (form.secret === secret && form.text === text) there?.delete(form);
      if (there?.size === 0) this.#byStart.delete(start);
      this.#count(start, -1);
    }
    this.#characters -= secret.length;
    this.#forms.delete(secret);
  }

  #count(start: string, by: number): void {
    let hash = 0;
    for (let i = 0; i < WINDOW; i++) hash = (hash * BASE + start.charCodeAt(i)) & MASK;
    this.#filter[hash] = (this.#filter[hash] as number) + by;
  }

  /** Every place of the layer where a known value stands, or where one begins that the text's end cut off. */
  *find({ text }: Layer, cut: boolean): Generator<Find> {
    if (this.#forms.size === 0) return;
    const filter = this.#filter;
    let hash = 0;
    let comparisons = 0;
    for (let i = 0; i < text.length; i++) {
      // A rolling hash over the last four characters, so that the map is asked only where it may answer.
      const leaving = i >= WINDOW ? text.charCodeAt(i - WINDOW) : 0;
      hash = (hash * BASE + text.charCodeAt(i) - leaving * LEAVING) & MASK;
      if (filter[hash] === 0 || i < WINDOW - 1) continue;
      const start = i - WINDOW + 1;
      let longest: Find | undefined;
      const candidates = this.#byStart.get(text.slice(start, i + 1));
      comparisons += candidates?.size ?? 0;
      if (comparisons > MOST_COMPARISONS) {
        yield { start, end: text.length, value: text.slice(start) };
        return;
      }
      for (const form of candidates ?? []) {
        const rest = text.length - start;
        const whole = text.startsWith(form.text, start);
        const begun = cut && rest >= SHORTEST_PREFIX && rest < form.text.length;
        if (!whole && !(begun && form.text.startsWith(text.slice(start)))) continue;
        const end = whole ? start + form.text.length : text.length;
        if (!longest || end > longest.end) longest = { start, end, value: form.secret };
      }
      if (longest) yield longest;
    }
  }
}
