/**
 * Error codes of Entra ID that users of MCP servers meet and that have no entry of their own: what they mean, in
 * plain words.
 */
const MEANINGS: Readonly<Record<string, string>> = {
  AADSTS16000: 'The account that is signed in does not belong to this tenant: choose another account.',
  AADSTS50020: 'The account is not known in this tenant: invite it as a guest, or sign in with another one.',
  AADSTS50034: 'There is no such account in this tenant.',
  AADSTS50058: 'Nobody is signed in, and the request forbids asking.',
  AADSTS50076: 'A second factor is demanded: sign in again and give it.',
  AADSTS50105: 'The application is only for assigned users, and this one is not assigned to it.',
  AADSTS50126: 'Name or password is wrong.',
  AADSTS53000: 'The device does not meet the policy of the tenant (conditional access).',
  AADSTS53003: 'A policy of the tenant forbids this access (conditional access).',
  AADSTS65004: 'The user refused to consent.',
  AADSTS70008: 'The code or the refresh token has expired: sign in again.',
  AADSTS700082: 'The refresh token has expired because nobody used it: sign in again.',
  AADSTS90002: 'There is no such tenant.',
  AADSTS90072: 'The account belongs to another tenant and is not known in this one.',
  AADSTS90130: 'The application is for accounts of another kind (personal, or of work or school).',
  AADSTS500011: 'The resource that was asked for does not exist in this tenant.',
  AADSTS500208: 'Accounts of this kind cannot sign in here.',
  AADSTS900144: 'The request lacks a parameter that Entra ID needs.',
  AADSTS900561: 'The endpoint was called with another method than it takes.',
};

/** The meaning of the first code in a text that has one, as a sentence; empty otherwise. */
export function entraMeaning(text: string): string {
  const codes = text.match(/AADSTS\d{4,}/g) ?? [];
  const known = codes.find(each => MEANINGS[each] !== undefined);
  return known === undefined ? '' : ` ${known}: ${MEANINGS[known]}`;
}
