import { quoted, word } from '../base/text.ts';

/**
 * What an authorization server answers in place of what was asked, for a sentence of ours, its words marked as its
 * own: `access_denied ("The user said no.")`. RFC 6749 §4.1.2.1 and §5.2.
 */
export function answeredWith(said: { error: string; error_description?: string | undefined }): string {
  const { error, error_description: description } = said;
  return description ? `${word(error)} (${quoted(description, 200)})` : word(error);
}
