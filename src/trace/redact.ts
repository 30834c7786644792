import { Work } from '../base/work.ts';
import type { HeaderList } from '../base/world.ts';
import type { Purpose } from './event.ts';
import { findFields } from './fields.ts';
import { createFingerprint } from './fingerprint.ts';
import { layers } from './layers.ts';
import { isSecretField } from './names.ts';
import { type Find, Secrets } from './secrets.ts';

/** Purposes whose JSON bodies use `code` for an authorization or device code and nothing else. */
const OAUTH: ReadonlySet<Purpose> = new Set<Purpose>([
  'registration',
  'device',
  'token',
  'refresh',
  'revocation',
]);

/** What was hidden by its name is looked for everywhere else, too, from this length on. */
const SHORTEST_LEARNED = 16;
/** The same for a cookie with a digit in it, which may well be a session's id. */
const SHORTEST_COOKIE = 8;
const MOST_LEARNED = 500;
/** Characters of all of them, and of one. */
const LEARNED_CHARACTERS = 512 * 1024;
const LONGEST_LEARNED = 4 * 1024;

/** Texts that are remembered with what became of them, and characters of the longest of them. */
const MOST_RECENT = 128;
const LONGEST_RECENT = 2048;

const SCHEME = /^([a-z][a-z0-9_-]{1,19})\s+(\S[\s\S]*)$/i;

/** A value that was replaced before. */
const REDACTED = /^\[redacted \d+ #[0-9a-f]{6}\]$/;

/** Begins what is recorded in place of a text that could not be searched for secrets. */
export const NOT_SEARCHED = '[not recorded: ';

const notSearched = (length: number): string =>
  `${NOT_SEARCHED}${length} characters that take too long to search for secrets]`;

export interface TextOptions {
  /** The text is only the beginning of one; its end may have cut a secret in two. */
  cut?: boolean;
  purpose?: Purpose;
}

/**
 * Work that the search for secrets in one text may cost: so much for each character, and so much for a short
 * one. An ordinary text takes a tenth of it.
 */
const WORK_PER_CHARACTER = 60;
const WORK_AT_LEAST = 500_000;
/** Work to fingerprint a value, to put it among the others, and to learn one. */
const MARK_COST = 4_000;
const FIND_COST = 400;
const LEARN_COST = 20_000;
/** Values of one text that are learned, the first so many. */
const MOST_LEARNED_OF_ONE = 64;

/** Takes the secrets out of what is about to be recorded. What it hands back may be shown to anyone. */
export interface Redactor {
  /** From now on this value is replaced wherever it would be recorded; one under 6 characters where it stands alone. */
  secret(value: string): void;
  /**
   * A text in any notation: a body, a URL, a message, a sentence. The work is linear in its length; a text made
   * to cost more is not handed back at all, and {@link NOT_SEARCHED} stands in its place.
   */
  text(text: string, options?: TextOptions): string;
  /** Header fields; `secretHeaders` are names whose values are secrets besides those known as such. */
  headers(headers: HeaderList, secretHeaders?: readonly string[]): HeaderList;
}

/** Whether a value hidden by its name is a credential, and not a word, a sentence, a media type or an address. */
function worthLearning(value: string): boolean {
  return (
    value.length >= SHORTEST_LEARNED &&
    value.length <= LONGEST_LEARNED &&
    !/\s|^[a-z]+\/[a-z*]|:\/\//i.test(value)
  );
}

/** Merges finds in the order of the text. Of several in one place the first found names it. */
function merge(finds: Find[]): Find[] {
  const merged: Find[] = [];
  // The sort is stable: of two that begin together, the one found first stays first.
  for (const find of finds.sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (!last || find.start >= last.end) merged.push({ ...find });
    else if (find.end > last.end) last.end = find.end;
  }
  return merged;
}

/**
 * A redactor with a fingerprint key of its own. A redacted value keeps its length and its fingerprint,
 * `[redacted 43 #a1b2c3]`, so that "the same token as before" stays visible.
 */
export function createRedactor(fingerprint = createFingerprint()): Redactor {
  const secrets = new Secrets();
  // Values known by their field's name only. Servers choose some of them, so they never crowd out the others.
  const learned = new Secrets(MOST_LEARNED, LEARNED_CHARACTERS);

  const mark = (value: string): string => `[redacted ${value.length} #${fingerprint(value)}]`;

  const hide = (value: string): string => {
    // What is read from a file that was redacted keeps its length and its fingerprint.
    if (value === '' || REDACTED.test(value)) return value;
    if (worthLearning(value)) learned.learn(value);
    return mark(value);
  };

  /** A message is recorded by itself and as a request's body: what was just looked through is not again. */
  const recent = new Map<string, { out: string; changes: number }>();

  const text = (source: string, { cut = false, purpose }: TextOptions = {}): string => {
    if (source === '') return '';
    const oauth = purpose !== undefined && OAUTH.has(purpose);
    if (cut || oauth || source.length > LONGEST_RECENT) return search(source, cut, oauth);
    const changes = secrets.changes + learned.changes;
    const known = recent.get(source);
    if (known?.changes === changes) return known.out;
    const out = search(source, cut, oauth);
    recent.set(source, { out, changes });
    for (const oldest of recent.keys()) {
      if (recent.size <= MOST_RECENT) break;
      recent.delete(oldest);
    }
    return out;
  };

  const search = (source: string, cut: boolean, oauth: boolean): string => {
    const work = new Work(WORK_AT_LEAST + WORK_PER_CHARACTER * source.length);
    const finds: Find[] = [];
    const named: string[] = [];
    for (const layer of layers(source, cut, work)) {
      const add = (find: Find) => {
        work.spend(FIND_COST);
        finds.push({
          start: layer.place(find.start),
          end: layer.placeAfter(find.end),
          value: find.value,
        });
      };
      for (const find of secrets.find(layer, cut, work)) add(find);
      for (const find of learned.find(layer, cut, work)) add(find);
      for (const find of findFields(layer, oauth, work)) {
        add(find);
        // A value that the cut has shortened is not the value.
        if (worthLearning(find.value) && !(cut && find.end === layer.text.length)) named.push(find.value);
      }
    }
    for (const value of named.slice(0, MOST_LEARNED_OF_ONE)) {
      if (work.spend(LEARN_COST + 100 * value.length)) learned.learn(value);
    }
    let out = '';
    let from = 0;
    for (const { start, end, value } of merge(finds)) {
      // Nothing that was not looked through to its end is handed back.
      if (!work.spend(MARK_COST + 8 * value.length)) return notSearched(source.length);
      out += source.slice(from, start) + mark(value);
      from = end;
    }
    return work.isSpent ? notSearched(source.length) : out + source.slice(from);
  };

  /** `name=value; name=value`: names are worth knowing and no secret. */
  const cookies = (value: string): string =>
    value
      .split(';')
      .map(pair =>
        pair.replace(/^([^=]*=)?([\s\S]*)$/, (_, name = '', rest) => {
          if (rest.length >= SHORTEST_COOKIE && /\d/.test(rest) && !/\s/.test(rest)) learned.learn(rest);
          return name + hide(rest);
        }),
      )
      .join(';');

  const field = (name: string, value: string, isSecret: boolean): string => {
    const key = name.toLowerCase();
    if (key === 'cookie') return cookies(value);
    if (key === 'set-cookie') {
      const [pair = '', ...attributes] = value.split(';');
      return [cookies(pair), ...attributes.map(attribute => text(attribute))].join(';');
    }
    if (!isSecret) return text(value);
    const [, scheme, credential] = SCHEME.exec(value) ?? [];
    if (scheme === undefined || credential === undefined) return hide(value);
    if (/^basic$/i.test(scheme)) learnPassword(credential);
    return `${scheme} ${hide(credential)}`;
  };

  /** The password of HTTP Basic, form-encoded or not: servers like to repeat it in their errors. */
  const learnPassword = (credential: string): void => {
    try {
      const pair = atob(credential);
      const password = pair.slice(pair.indexOf(':') + 1);
      if (worthLearning(password)) learned.learn(password);
    } catch {
      // Not base64, so there is no password in it.
    }
  };

  return {
    secret: value => secrets.learn(value),
    text,
    headers: (headers, secretHeaders = []) => {
      const asked = new Set(secretHeaders.map(name => name.toLowerCase()));
      // Credentials first, so that other fields of the same message are searched for them, too.
      const out: [string, string][] = headers.map(([name, value]) => [name, value]);
      const isSecret = out.map(([name]) => asked.has(name.toLowerCase()) || isSecretField(name));
      for (const turn of [true, false])
        for (const [index, entry] of out.entries())
          if (isSecret[index] === turn) entry[1] = field(entry[0], entry[1], turn);
      return out;
    },
  };
}
