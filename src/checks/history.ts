import { formOf } from './flow.ts';
import { Answer, type View } from './view.ts';

/** What a bridge did over time, in the order it happened: only a recorded trace has it. */
export function recorded(view: View, ...purposes: Answer['exchange']['purpose'][]): Answer[] {
  return Object.values(view.examination.exchanges)
    .filter(({ purpose }) => purposes.includes(purpose))
    .sort((one, other) => one.startedAt - other.startedAt)
    .map(
      exchange =>
        new Answer({ kind: 'get', url: exchange.request.url, because: '', exchanges: [] }, exchange),
    );
}

/** A header field that was sent, as it was recorded: what replaced a secret tells equal ones apart from others. */
export function sent({ exchange }: Answer, name: string): string | undefined {
  return exchange.request.headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

/** Refreshes, with what replaced the refresh token. */
export function refreshes(view: View): { answer: Answer; token: string; isRefused: boolean }[] {
  return recorded(view, 'refresh').map(answer => ({
    answer,
    token: formOf(answer).get('refresh_token') ?? '',
    isRefused: answer.status >= 400 && answer.status < 500 && answer.json?.error === 'invalid_grant',
  }));
}
