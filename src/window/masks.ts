import { shownUrl } from '../base/text.ts';
import type { Target } from '../broker/settings.ts';

/**
 * Servers' addresses as windows have them: without the values of their queries, where many servers take their
 * key. What a window says comes back to what was meant, as long as that has been shown.
 */
export class Masks {
  readonly #shown = new Map<string, string>();
  readonly #real = new Map<string, string>();

  /** The same with the address as it may be shown; two that would look alike are told apart. */
  shown<T extends Pick<Target, 'server'>>(target: T): T {
    const { server } = target;
    let shown = this.#shown.get(server) ?? shownUrl(server);
    if (shown === server) return target;
    for (let count = 2; (this.#real.get(shown) ?? server) !== server; count++) {
      shown = `${shownUrl(server)}#${count}`;
    }
    this.#shown.set(server, shown);
    this.#real.set(shown, server);
    return { ...target, server: shown };
  }

  /** The server that an address stands for. */
  real(shown: string): string {
    return this.#real.get(shown) ?? shown;
  }
}
